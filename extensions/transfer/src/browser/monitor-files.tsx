import { ConnectError, formatCount, formatSize } from '@connect/base';
import * as React from '@theia/core/shared/react';
import type { FileCount, FilePage, FileRange, FileRow, FileState } from '../common/monitor-protocol';
import { visibleRows } from '../common/row-selection';
import { CutPath } from './cut-text';

/** Pixels; the style sheet holds the same number. */
const ROW_HEIGHT = 24;
/** Rows that are asked for beyond those in sight, on either side. */
const MARGIN = 40;
/** After a failure it is asked again. */
const AGAIN_MS = 1_000;
const FIRST_HEIGHT = 240;

/** State of a file for people: icon (codicon) and word. */
const STATES: Readonly<Record<FileState, readonly [string, string]>> = {
    active: ['sync', 'Under way'],
    done: ['pass', 'Done, verified'],
    skipped: ['debug-step-over', 'Skipped'],
    failed: ['error', 'Failed']
};

/** Words of an engine for people. */
const NOTES: Readonly<Record<string, string>> = {
    same: 'is the same at the target',
    exists: 'exists at the target',
    'not-older': 'the one at the target is not older',
    policy: 'left out by rule',
    unverified: 'nobody compared it by hash'
};

function stateOf({ state, note }: FileRow): readonly [string, string] {
    const [icon, word] = STATES[state];
    return [icon, state === 'done' && note === 'unverified' ? 'Done' : word];
}

/** Props of {@link MonitorFiles}. */
export interface FilesProps {
    readonly count: FileCount;
    /** What is known of the part that was looked at last. */
    readonly page: FilePage | undefined;
    /** That part is in sight: {@link page} becomes it, and follows its changes. Rejects with a ConnectError. */
    look(range: FileRange): Promise<void>;
}

interface FilesState {
    readonly scrollTop: number;
    readonly height: number;
    readonly error: string;
}

/** The files of a transfer, of which only those in sight are fetched and in the document. */
export class MonitorFiles extends React.Component<FilesProps, FilesState> {
    override state: FilesState = { scrollTop: 0, height: FIRST_HEIGHT, error: '' };
    private readonly root = React.createRef<HTMLDivElement>();
    private observer: ResizeObserver | undefined;
    private gone = false;
    private asking = false;
    private asked: FileRange | undefined;
    private later: number | undefined;

    override componentDidMount(): void {
        const node = this.root.current;
        if (node && typeof ResizeObserver !== 'undefined') {
            this.observer = new ResizeObserver(() => this.setState({ height: node.clientHeight }));
            this.observer.observe(node);
        }
        void this.look();
    }

    override componentDidUpdate(): void {
        void this.look();
    }

    override componentWillUnmount(): void {
        this.gone = true;
        this.observer?.disconnect();
        window.clearTimeout(this.later);
        // a backend that cannot be reached tells nothing anyway
        this.props.look({ start: 0, count: 0 }).catch(() => undefined);
    }

    override render(): React.ReactNode {
        const { rows, forgotten } = this.props.count;
        const { error } = this.state;
        const { start, end } = this.inSight;
        const indices = Array.from({ length: end - start }, (_, i) => start + i);
        return (
            <div className="connect-monitor-files">
                {error !== '' && (
                    <p className="connect-monitor-nothing" role="alert">
                        The files cannot be listed: {error}
                    </p>
                )}
                {rows === 0 && (
                    <p className="connect-monitor-nothing">No file has been begun or settled in this run.</p>
                )}
                <div
                    ref={this.root}
                    className="connect-monitor-files-list"
                    role="table"
                    tabIndex={0}
                    aria-label="Files of the transfer"
                    aria-rowcount={rows}
                    onScroll={event => this.setState({ scrollTop: event.currentTarget.scrollTop })}
                >
                    <div
                        className="connect-transfer-space"
                        role="rowgroup"
                        style={{ height: rows * ROW_HEIGHT }}
                    >
                        {indices.map(index => this.renderRow(index))}
                    </div>
                </div>
                {forgotten > 0 && (
                    <p className="connect-monitor-nothing">
                        {formatCount(forgotten)} earlier files are not listed any more.
                    </p>
                )}
            </div>
        );
    }

    private renderRow(index: number): React.ReactNode {
        const { page } = this.props;
        const file = page?.files[index - page.start];
        const [icon, word] = file ? stateOf(file) : ['', 'Loading'];
        return (
            <div
                key={index}
                className={`connect-monitor-file ${file ? `file-${file.state}` : 'loading'}`}
                role="row"
                aria-rowindex={index + 1}
                style={{ top: index * ROW_HEIGHT }}
            >
                <span role="cell" className="connect-monitor-file-state">
                    {icon !== '' && <span className={`codicon codicon-${icon}`} aria-hidden="true" />} {word}
                </span>
                <span role="cell" className="connect-monitor-file-path" title={file?.path}>
                    <CutPath text={file?.path ?? ''} />
                </span>
                <span role="cell" className="connect-monitor-file-note" title={file?.note}>
                    {NOTES[file?.note ?? ''] ?? file?.note ?? ''}
                </span>
                <span role="cell" className="connect-monitor-file-size">
                    {file?.sizeBytes === undefined ? '' : formatSize(file.sizeBytes)}
                </span>
            </div>
        );
    }

    /** Asks for what has come into sight; one question at a time. */
    private async look(): Promise<void> {
        const { start, end } = this.inSight;
        if (this.asking || this.gone || this.later !== undefined || this.isAsked(start, end)) {
            return;
        }
        const from = Math.max(0, start - MARGIN);
        this.asked = { start: from, count: end + MARGIN - from };
        this.asking = true;
        try {
            await this.props.look(this.asked);
            this.show('');
        } catch (error) {
            this.asked = undefined;
            this.later = window.setTimeout(() => {
                this.later = undefined;
                void this.look();
            }, AGAIN_MS);
            this.show(ConnectError.from(error).message);
        } finally {
            this.asking = false;
        }
        // what came into sight meanwhile
        void this.look();
    }

    private get inSight(): { readonly start: number; readonly end: number } {
        return visibleRows(this.state.scrollTop, this.state.height, ROW_HEIGHT, this.props.count.rows);
    }

    private isAsked(start: number, end: number): boolean {
        const { asked } = this;
        return (
            start >= end || (asked !== undefined && start >= asked.start && end <= asked.start + asked.count)
        );
    }

    private show(error: string): void {
        if (!this.gone && this.state.error !== error) {
            this.setState({ error });
        }
    }
}

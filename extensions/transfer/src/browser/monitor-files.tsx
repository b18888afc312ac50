import { ConnectError, formatSize } from '@connect/base';
import * as React from '@theia/core/shared/react';
import type { FileCount, FilePage, FileRow, FileState } from '../common/monitor-protocol';
import { visibleRows } from '../common/row-selection';
import { CutPath } from './cut-text';

/** Pixels; the style sheet holds the same number. */
const ROW_HEIGHT = 24;
const PAGE = 100;
/** Changed lists are asked for again no more often than this. */
const REFRESH_MS = 1_000;
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
    load(start: number, count: number): Promise<FilePage>;
}

interface FilesState {
    readonly scrollTop: number;
    readonly height: number;
    readonly pages: ReadonlyMap<number, readonly FileRow[]>;
    readonly error: string;
}

/** The files of a transfer, of which only those in sight are fetched and in the document. */
export class MonitorFiles extends React.Component<FilesProps, FilesState> {
    override state: FilesState = { scrollTop: 0, height: FIRST_HEIGHT, pages: new Map(), error: '' };
    private readonly root = React.createRef<HTMLDivElement>();
    private observer: ResizeObserver | undefined;
    private gone = false;
    private loading = false;
    private loadedRevision = -1;
    private later: number | undefined;

    override componentDidMount(): void {
        const node = this.root.current;
        if (node && typeof ResizeObserver !== 'undefined') {
            this.observer = new ResizeObserver(() => this.setState({ height: node.clientHeight }));
            this.observer.observe(node);
        }
        void this.fetch();
    }

    override componentDidUpdate(): void {
        void this.fetch();
    }

    override componentWillUnmount(): void {
        this.gone = true;
        this.observer?.disconnect();
        window.clearTimeout(this.later);
    }

    override render(): React.ReactNode {
        const { rows, forgotten } = this.props.count;
        const { scrollTop, height, error } = this.state;
        const { start, end } = visibleRows(scrollTop, height, ROW_HEIGHT, rows);
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
                        {forgotten.toLocaleString()} earlier files are not listed any more.
                    </p>
                )}
            </div>
        );
    }

    private renderRow(index: number): React.ReactNode {
        const file = this.state.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
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

    /** Fetches the pages in sight that are missing or not as they are now; one round at a time. */
    private async fetch(): Promise<void> {
        const { count, load } = this.props;
        const { start, end } = visibleRows(this.state.scrollTop, this.state.height, ROW_HEIGHT, count.rows);
        const inSight = pagesBetween(start, end);
        const stale = this.loadedRevision !== count.revision;
        const wanted = stale ? inSight : inSight.filter(page => !this.state.pages.has(page));
        const mustWait = this.later !== undefined && (stale || this.state.error !== '');
        if (this.loading || this.gone || wanted.length === 0 || mustWait) {
            return;
        }
        this.loading = true;
        this.loadedRevision = count.revision;
        this.wait();
        try {
            const loaded = await Promise.all(wanted.map(page => load(page * PAGE, PAGE)));
            const pages = new Map(stale ? [] : this.state.pages);
            loaded.forEach((page, i) => pages.set(wanted[i], page.files));
            this.show({ pages, error: '' });
        } catch (error) {
            this.wait();
            this.show({ pages: this.state.pages, error: ConnectError.from(error).message });
        } finally {
            this.loading = false;
        }
    }

    private wait(): void {
        this.later ??= window.setTimeout(() => {
            this.later = undefined;
            void this.fetch();
        }, REFRESH_MS);
    }

    private show(state: Pick<FilesState, 'pages' | 'error'>): void {
        if (!this.gone) {
            this.setState(state);
        }
    }
}

function pagesBetween(start: number, end: number): number[] {
    const first = Math.floor(start / PAGE);
    return end <= start
        ? []
        : Array.from({ length: Math.floor((end - 1) / PAGE) - first + 1 }, (_, i) => first + i);
}

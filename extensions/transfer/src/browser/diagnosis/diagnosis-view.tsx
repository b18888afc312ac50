import * as React from '@theia/core/shared/react';
import type { OfferedAction } from '../../common/diagnosis/explain-job';
import type { RemedyAction } from '../../common/diagnosis/remedies';
import { REPORT_NOTE, STATE_WORDS } from '../../common/diagnosis/report-text';
import type { StageRow } from '../../common/diagnosis/stage-rows';
import type { StageState } from '../../common/diagnosis/stages';

/** An answer with what led to it. */
export interface AnswerView {
    readonly headline: string;
    readonly details: readonly string[];
    readonly rows: readonly StageRow[];
    readonly actions: readonly OfferedAction[];
    readonly isFailed: boolean;
}

/** Props of {@link DiagnosisView}. */
export interface DiagnosisProps {
    /** Unique in the page. */
    readonly id: string;
    readonly title: string;
    /** Of the last run; undefined where there is no job. */
    readonly run?: AnswerView;
    /** When that run began, for people. */
    readonly runTime?: string;
    readonly test?: AnswerView;
    readonly isTesting: boolean;
    /** Why something could not be done. */
    readonly problem?: string;
    act(action: RemedyAction, from: 'run' | 'test'): void;
    startTest(): void;
    cancelTest(): void;
    copyReport(): void;
}

const ICONS: Readonly<Record<StageState, string>> = {
    ok: 'pass',
    failed: 'error',
    'not-reached': 'circle-slash',
    'not-tested': 'dash',
    running: 'loading codicon-modifier-spin',
    waiting: 'circle-outline'
};

/** Why a transfer is where it is, and how the way to its server is: answers, stages, and what can be done. */
export function DiagnosisView(props: DiagnosisProps): React.ReactElement {
    const { id, run, test, isTesting } = props;
    return (
        <div className="connect-why-view">
            <h2 className="connect-why-title">{props.title}</h2>
            {props.problem !== undefined && (
                <p className="connect-why-problem" role="alert">
                    {props.problem}
                </p>
            )}
            {run && (
                <section aria-labelledby={`${id}-run`}>
                    <Answer answer={run} onAct={action => props.act(action, 'run')} />
                    <h3 id={`${id}-run`}>
                        {props.runTime === undefined ? 'Stages' : `Stages of the run of ${props.runTime}`}
                    </h3>
                    <Stages labelledBy={`${id}-run`} rows={run.rows} />
                </section>
            )}
            <section aria-labelledby={`${id}-test`}>
                <h3 id={`${id}-test`}>Test of the way, now</h3>
                {test && <Answer answer={test} onAct={action => props.act(action, 'test')} />}
                <div className="connect-why-actions">
                    {isTesting ? (
                        <Button label="Cancel Test" onPress={props.cancelTest} />
                    ) : (
                        <Button
                            label={test ? 'Test Again' : 'Test Now'}
                            isMain={!run && !test}
                            onPress={props.startTest}
                        />
                    )}
                </div>
                {test && <Stages labelledBy={`${id}-test`} rows={test.rows} />}
            </section>
            <section className="connect-why-report" aria-label="Report">
                <Button label="Copy Report" onPress={props.copyReport} describedBy={`${id}-note`} />
                <span id={`${id}-note`}>{REPORT_NOTE}</span>
            </section>
        </div>
    );
}

function Answer(props: { answer: AnswerView; onAct(action: RemedyAction): void }): React.ReactElement {
    const { headline, details, actions, isFailed } = props.answer;
    return (
        <>
            <p className={`connect-why-headline ${isFailed ? 'failed' : ''}`} role="status">
                <span className={`codicon codicon-${isFailed ? 'error' : 'info'}`} aria-hidden="true" />
                {headline}
            </p>
            {details.map(line => (
                <p key={line} className="connect-why-detail">
                    {line}
                </p>
            ))}
            {actions.length > 0 && (
                <div className="connect-why-actions" role="group" aria-label="What you can do">
                    {actions.map(({ action, label, disabledReason }, index) => (
                        <Button
                            key={action}
                            label={label}
                            isMain={index === 0}
                            disabledReason={disabledReason}
                            onPress={() => props.onAct(action)}
                        />
                    ))}
                </div>
            )}
        </>
    );
}

function Stages({ rows, labelledBy }: { rows: readonly StageRow[]; labelledBy: string }): React.ReactElement {
    return (
        <ol className="connect-why-stages" aria-labelledby={labelledBy}>
            {rows.map(({ id, title, state, evidence }) => (
                <li key={id} className={`connect-why-stage state-${state}`} data-stage={id}>
                    <span className={`codicon codicon-${ICONS[state]}`} aria-hidden="true" />
                    <span className="connect-why-stage-title">{title}</span>
                    <span className="connect-why-stage-state">{STATE_WORDS[state]}</span>
                    <span className="connect-why-evidence">
                        {evidence.map(line => (
                            <span key={line}>{line}</span>
                        ))}
                    </span>
                </li>
            ))}
        </ol>
    );
}

/** A button that cannot do anything stays reachable, so that its reason can be heard. */
function Button(props: {
    label: string;
    isMain?: boolean;
    disabledReason?: string;
    describedBy?: string;
    onPress(): void;
}): React.ReactElement {
    const { disabledReason } = props;
    return (
        <button
            type="button"
            className={`theia-button ${props.isMain ? 'main' : 'secondary'}`}
            aria-disabled={disabledReason !== undefined}
            aria-describedby={props.describedBy}
            title={disabledReason}
            onClick={() => disabledReason === undefined && props.onPress()}
        >
            {props.label}
            {disabledReason !== undefined && <span className="connect-why-reason"> – {disabledReason}</span>}
        </button>
    );
}

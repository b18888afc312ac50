import { formatRate } from '@connect/base';
import type { RatePolicy } from '@connect/api';
import * as React from '@theia/core/shared/react';
import { POLICY_NAMES } from '../common/job-monitor';
import type { RateLocks } from '../common/rate-locks';
import { withRate, type RateChoice, type RateHandle } from '../common/rate-steps';
import { parseTypedRate } from '../common/typed-rate';

/** What each policy does, in one line. */
export const POLICY_TEXTS: Readonly<Record<RatePolicy, string>> = {
    fixed: 'Sends at the target rate, regardless of other traffic. The minimum is not used.',
    high: 'Uses the bandwidth that is free, up to the target, and gives way less than Fair.',
    fair: 'Aims at the target, shares with other traffic, and does not go below the minimum.',
    low: 'Gives way to other traffic, down to the minimum, and uses what is left over.'
};

const POLICIES: readonly RatePolicy[] = ['fixed', 'high', 'fair', 'low'];

/** Props of {@link MonitorControls}. */
export interface ControlsProps {
    readonly choice: RateChoice;
    readonly policy: RatePolicy;
    readonly locks: RateLocks;
    readonly disabled: boolean;
    /** Why less than what was chosen is in force; '' when that is not so. */
    readonly note: string;
    /** Of the element that tells the reasons of locks. */
    readonly descriptionId: string;
    onChange(choice: RateChoice): void;
    onPolicy(policy: RatePolicy): void;
}

/** Target and minimum to type, the policy, and what the server does not let one change. */
export function MonitorControls(props: ControlsProps): React.ReactElement {
    const { choice, policy, locks, disabled } = props;
    const reasons = [locks.target, locks.policy].filter(reason => reason !== undefined);
    const set = (handle: RateHandle) => (rate: number) =>
        props.onChange(withRate(handle, rate, choice, locks));
    return (
        <div className="connect-monitor-controls" role="group" aria-label="Rate">
            <RateField
                label="Target"
                rateBps={choice.targetBps}
                disabled={disabled || locks.target !== undefined}
                descriptionId={props.descriptionId}
                onSet={set('target')}
            />
            <RateField
                label="Minimum"
                rateBps={choice.minBps}
                disabled={disabled}
                descriptionId={props.descriptionId}
                onSet={set('minimum')}
            />
            <label className="connect-monitor-field">
                Policy
                <select
                    className="theia-select"
                    value={policy}
                    disabled={disabled || locks.policy !== undefined}
                    aria-describedby={`${props.descriptionId}-policy`}
                    onChange={event => props.onPolicy(event.currentTarget.value as RatePolicy)}
                >
                    {POLICIES.map(each => (
                        <option
                            key={each}
                            value={each}
                            title={POLICY_TEXTS[each]}
                            disabled={locks.policies?.includes(each) === false}
                        >
                            {POLICY_NAMES[each]}
                        </option>
                    ))}
                </select>
            </label>
            <span className="connect-monitor-policy-text" id={`${props.descriptionId}-policy`}>
                {POLICY_TEXTS[policy]}
            </span>
            <div className="connect-monitor-reasons" id={props.descriptionId}>
                {reasons.map(reason => (
                    <span key={reason} className="connect-monitor-lock">
                        <span className="codicon codicon-lock" aria-hidden="true" /> {reason}
                    </span>
                ))}
                {props.note !== '' && (
                    <span>
                        <span className="codicon codicon-info" aria-hidden="true" /> {props.note}
                    </span>
                )}
            </div>
        </div>
    );
}

interface FieldProps {
    readonly label: string;
    readonly rateBps: number;
    readonly disabled: boolean;
    readonly descriptionId: string;
    onSet(rateBps: number): void;
}

/** A rate with its unit. Enter or leaving the field sets it; Escape takes back what was typed. */
function RateField(props: FieldProps): React.ReactElement {
    const [typed, setTyped] = React.useState<string | undefined>(undefined);
    const isWrong = typed !== undefined && parseTypedRate(typed) === undefined;
    const wrongId = `${props.descriptionId}-${props.label}-wrong`;
    const commit = (): void => {
        const rate = typed === undefined ? undefined : parseTypedRate(typed);
        setTyped(undefined);
        if (rate !== undefined) {
            props.onSet(rate);
        }
    };
    return (
        <label className="connect-monitor-field">
            {props.label}
            <input
                type="text"
                className="theia-input"
                size={9}
                value={typed ?? formatRate(props.rateBps)}
                disabled={props.disabled}
                spellCheck={false}
                aria-invalid={isWrong}
                aria-describedby={isWrong ? wrongId : props.descriptionId}
                title="A rate such as 300 Mbps, 1.5G or 500k; a bare number is Mbps"
                onFocus={event => event.currentTarget.select()}
                onChange={event => setTyped(event.currentTarget.value)}
                onBlur={commit}
                onKeyDown={event => {
                    if (event.key === 'Enter' && !isWrong) {
                        commit();
                    } else if (event.key === 'Escape' && typed !== undefined) {
                        event.stopPropagation();
                        setTyped(undefined);
                    }
                }}
            />
            {isWrong && (
                <span className="connect-monitor-wrong" id={wrongId} role="alert">
                    e.g. 300 Mbps, 1.5G, 500k
                </span>
            )}
        </label>
    );
}

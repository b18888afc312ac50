import type { PowerHold, PowerStatus } from './transfer-protocol';

/** What a condition of the computer is called. */
export const POWER_HOLD_TEXTS: Readonly<Record<PowerHold, string>> = {
    battery: 'on battery power',
    metered: 'on a metered connection'
};

const POWER_REMARKS: Readonly<Record<PowerHold, readonly [yes: string, no: string, unknown: string]>> = {
    battery: [
        'It is on battery power now.',
        'It is not on battery power now.',
        'Whether it is on battery power cannot be told here: this has no effect.'
    ],
    metered: [
        'Its connection is metered now.',
        'Its connection is not metered now.',
        'Whether its connection is metered cannot be told here: this has no effect.'
    ]
};

/** How the computer stands, beside the setting for it; undefined before it was looked at. */
export function powerRemark(power: PowerStatus | undefined, condition: PowerHold): string | undefined {
    const [yes, no, unknown] = POWER_REMARKS[condition];
    const isSo = condition === 'battery' ? power?.onBattery : power?.metered;
    return power && (isSo === undefined ? unknown : isSo ? yes : no);
}

/** What waits because of the computer, each as a few words. */
export function powerTexts(power: PowerStatus | undefined): string[] {
    return (power?.waits ?? []).map(
        ({ reason, which }) =>
            `${which === 'all' ? 'transfers wait' : 'automatic transfers wait'}: ${POWER_HOLD_TEXTS[reason]}`
    );
}

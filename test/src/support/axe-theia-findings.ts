import type { AllowedFinding } from './axe-audit';

/** Serious and critical findings inside Theia and Monaco, which are not ours to mend. */
export const THEIA_FINDINGS: readonly AllowedFinding[] = [
    {
        rule: 'aria-prohibited-attr',
        selector: '#status-bar-theia-notification-center',
        reason: "Theia's bell in the status bar has a name and no role."
    },
    {
        rule: 'aria-required-children',
        selector: 'ul.lm-TabBar-content[role=tablist]',
        reason: 'Lumino makes tabs of list items that have no role while the bar is not focused.'
    },
    {
        rule: 'listitem',
        selector: 'li.lm-TabBar-tab',
        reason: 'The same tabs, looked at from inside.'
    },
    {
        rule: 'aria-required-children',
        selector: '[id="connect.remote.accounts"][role=tree]',
        reason: "Theia's trees scroll in an element of react-virtuoso that can be focused."
    },
    {
        rule: 'scrollable-region-focusable',
        selector: '.dialogBlock ul.theia-aboutExtensions',
        reason: "Theia's list of its own extensions in About scrolls, and has no tab stop."
    }
];

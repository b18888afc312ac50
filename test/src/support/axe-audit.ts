import type { Locator, Page } from 'playwright-core';
import * as fs from 'node:fs';

/** A finding inside Theia that we cannot mend: the rule, where, and why it is left. */
export interface AllowedFinding {
    readonly rule: string;
    /** The element of the finding matches it, in every theme. */
    readonly selector: string;
    readonly reason: string;
}

/** What axe has to say of a screen, by what {@link AxeAudit.screen} was told. */
export interface AxeFinding {
    readonly rule: string;
    readonly impact: string;
    readonly html: string;
    readonly why: string;
}

interface AxeNode {
    readonly element: Element;
    readonly html: string;
    readonly failureSummary: string;
}

interface Axe {
    run(
        context: unknown,
        options: object
    ): Promise<{ violations: Array<{ id: string; impact: string; nodes: AxeNode[] }> }>;
}

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Looks at screens with axe-core. */
export class AxeAudit {
    private readonly used = new Set<AllowedFinding>();

    constructor(
        private readonly page: Page,
        private readonly allowed: readonly AllowedFinding[]
    ) {}

    /** Loads axe, and makes colours stand still. Once, and after each reload. */
    async prepare(): Promise<void> {
        await this.page.evaluate(AXE);
        await this.page.addStyleTag({
            content: '* { transition: none !important; animation: none !important; }'
        });
    }

    /** Serious and critical findings below `root`, those that are allowed left out. */
    async screen(root: Locator): Promise<AxeFinding[]> {
        const { findings, used } = await root.evaluate(runAxe, this.allowed);
        used.forEach(index => this.used.add(this.allowed[index]));
        return findings;
    }

    /** Rows of the list of what is allowed that no screen needed. */
    get unused(): AllowedFinding[] {
        return this.allowed.filter(each => !this.used.has(each));
    }
}

/** Runs in the page. */
async function runAxe(
    root: Element,
    allowed: readonly AllowedFinding[]
): Promise<{ findings: AxeFinding[]; used: number[] }> {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run(root, { resultTypes: ['violations'], elementRef: true });
    const findings: AxeFinding[] = [];
    const used: number[] = [];
    for (const { id, impact, nodes } of violations) {
        for (const { element, html, failureSummary } of impact === 'serious' || impact === 'critical'
            ? nodes
            : []) {
            const index = allowed.findIndex(({ rule, selector }) => rule === id && element.matches(selector));
            if (index < 0) {
                const why = failureSummary.replace(/\s+/g, ' ').slice(0, 400);
                findings.push({ rule: id, impact, html: html.slice(0, 300), why });
            } else {
                used.push(index);
            }
        }
    }
    return { findings, used };
}

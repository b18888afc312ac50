import type { Page } from 'playwright-core';

/** A theme of Theia, by its id, and the class that the page has then. */
export const THEMES = {
    light: 'theia-light',
    dark: 'theia-dark',
    'hc-theia': 'theia-hc',
    'hc-theia-light': 'theia-hcLight'
} as const;

/** A command as the registry of the page knows it. */
export interface PageCommand {
    readonly id: string;
    readonly label: string;
    readonly category: string;
}

/** Sets the colours, whatever is open, a modal dialog included. */
export async function setTheme(page: Page, theme: keyof typeof THEMES): Promise<void> {
    await setPreference(page, 'workbench.colorTheme', theme);
    await page.locator(`body.${THEMES[theme]}`).waitFor();
    await page.evaluate(
        () => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(undefined))))
    );
}

/** Sets a preference of the user. */
export async function setPreference(page: Page, name: string, value: unknown): Promise<void> {
    // 1: of the user
    await page.evaluate(callService, { service: 'PreferenceService', method: 'set', args: [name, value, 1] });
}

/** Calls a method of a service of the page, by the name of its symbol. @param Answer what comes back, JSON-safe */
export async function callPage<Answer>(
    page: Page,
    service: string,
    method: string,
    ...args: unknown[]
): Promise<Answer> {
    return (await page.evaluate(callService, { service, method, args })) as Answer;
}

/** All commands of the page whose id begins with `prefix`. */
export async function commandsOf(page: Page, prefix: string): Promise<PageCommand[]> {
    const all = await page.evaluate(() => {
        const { container } = (globalThis as unknown as { theia: { container: PageContainer } }).theia;
        const key = [...container._bindingDictionary._map.keys()].find(
            each => typeof each === 'symbol' && each.description === 'CommandService'
        )!;
        const { commands } = container.get(key) as {
            commands: Array<{ id: string; label?: string; category?: string }>;
        };
        return commands.map(({ id, label = '', category = '' }) => ({ id, label, category }));
    });
    return all.filter(({ id }) => id.startsWith(prefix));
}

/** What Theia leaves in the page of its container of services. */
interface PageContainer {
    readonly _bindingDictionary: { readonly _map: Map<unknown, unknown> };
    get(key: unknown): unknown;
}

/** Runs in the page. */
async function callService(call: { service: string; method: string; args: unknown[] }): Promise<unknown> {
    const { container } = (globalThis as unknown as { theia: { container: PageContainer } }).theia;
    const key = [...container._bindingDictionary._map.keys()].find(
        each => typeof each === 'symbol' && each.description === call.service
    );
    const service = container.get(key) as Record<string, (...args: unknown[]) => unknown>;
    return service[call.method](...call.args);
}

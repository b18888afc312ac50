import type { Page } from 'playwright-core';
import { pressInPalette, untilPaletteIsGone } from './command-palette';
import { commandsOf, PageCommand } from './page-services';

/** Where the focus is. */
interface Focus {
    /** Empty when no element has it. */
    readonly element: string;
    readonly isVisible: boolean;
}

interface Kept {
    readonly executed: string[];
    pointerEvents: number;
}

const MOST_ESCAPES = 3;
const MOST_STEPS = 40;

/** A list of rows, one of which is marked as the one that keys and commands act on. */
export interface Rows {
    /** Selector of its rows. */
    readonly row: string;
    /** Selector of the marked row. */
    readonly marked: string;
    /** Selector of the name in a row. */
    readonly name: string;
}

/** Somebody without a mouse, and what the page makes of their keys. */
export class KeyboardPerson {
    private constructor(
        private readonly page: Page,
        private readonly commands: ReadonlyMap<string, PageCommand>
    ) {}

    /** From now on it is kept which commands run, and whether a pointer is used. */
    static async at(page: Page): Promise<KeyboardPerson> {
        const commands = await commandsOf(page, 'connect.');
        await page.evaluate(keepWhatHappens);
        return new KeyboardPerson(page, new Map(commands.map(command => [command.id, command])));
    }

    /** Ids of all commands of ours that have a title. */
    get commandIds(): string[] {
        return [...this.commands.values()].filter(({ label }) => label !== '').map(({ id }) => id);
    }

    /** Runs a command from the palette, and waits until it does. */
    async run(id: string): Promise<void> {
        const before = (await this.executed(id)).length;
        await this.begin(id);
        await this.page.waitForFunction(
            ([name, count]) =>
                (globalThis as unknown as { connectKept: Kept }).connectKept.executed.filter(
                    each => each === name
                ).length > Number(count),
            [id, String(before)] as const
        );
        await untilPaletteIsGone(this.page, this.titleOf(id));
    }

    /** The same for a command that leaves the page: whoever calls waits for what follows. */
    async begin(id: string): Promise<void> {
        await pressInPalette(this.page, this.titleOf(id));
    }

    /** Escape, until what asks something is gone: what lies above it, a notice, takes the first one. */
    async dismiss(): Promise<void> {
        const asking = this.page.locator('.quick-input-widget:visible, .dialogOverlay:visible').first();
        await asking.waitFor();
        const focused = '.quick-input-widget :focus, .dialogOverlay :focus';
        await this.page.locator(focused).first().waitFor();
        for (let presses = 1; ; presses++) {
            await this.page.keyboard.press('Escape');
            const isGone = await asking.waitFor({ state: 'hidden', timeout: 3000 }).then(
                () => true,
                () => false
            );
            if (isGone) {
                return;
            }
            if (presses === MOST_ESCAPES) {
                throw new Error(`Escape does not take away “${await asking.innerText()}”`);
            }
        }
    }

    /** Goes to a row by the arrow keys, as somebody does who sees which row is marked and where the other one is. */
    async walk(rows: Rows, name: string): Promise<void> {
        const steps = `(${stepsBetween.toString()})(${JSON.stringify(rows)}, ${JSON.stringify(name)})`;
        for (let presses = 0; ; presses++) {
            const apart = await this.page.waitForFunction(steps);
            const count = Number((await apart.jsonValue()) as string);
            if (count === 0) {
                return;
            }
            if (presses > MOST_STEPS) {
                throw new Error(`The row ${name} is not reached: it is ${count} rows away`);
            }
            await this.page.keyboard.press(count > 0 ? 'ArrowDown' : 'ArrowUp');
        }
    }

    /** Where the focus is once it has come to rest: it is given a moment to be at an element in sight. */
    async focus(): Promise<Focus> {
        await this.page
            .waitForFunction(`(${focusNow.toString()})().isVisible`, undefined, { timeout: 5000 })
            .catch(() => undefined);
        return this.page.evaluate(focusNow);
    }

    /** Pointer events since the beginning. */
    pointerEvents(): Promise<number> {
        return this.page.evaluate(
            () => (globalThis as unknown as { connectKept: Kept }).connectKept.pointerEvents
        );
    }

    private titleOf(id: string): string {
        const { label, category } = this.commands.get(id)!;
        return category === '' ? label : `${category}: ${label}`;
    }

    private async executed(id: string): Promise<string[]> {
        const all = await this.page.evaluate(
            () => (globalThis as unknown as { connectKept: Kept }).connectKept.executed
        );
        return all.filter(each => each === id);
    }
}

/** Runs in the page: how many rows the one of this name is below the marked one; undefined while one is not drawn. */
function stepsBetween(rows: Rows, name: string): string | undefined {
    const all = [...document.querySelectorAll(rows.row)];
    const from = all.findIndex(row => row.matches(rows.marked));
    const to = all.findIndex(row => row.querySelector(rows.name)?.textContent?.trim() === name);
    // a text, since 0 would not be an answer to who waits for one
    return from < 0 || to < 0 ? undefined : String(to - from);
}

/** Runs in the page. */
function focusNow(): Focus {
    const node = document.activeElement;
    if (!node || node === document.body) {
        return { element: '', isVisible: false };
    }
    // an editor takes keys by an element that has no size
    const place = node.closest('.monaco-editor') ?? node;
    const { width, height, right, bottom } = place.getBoundingClientRect();
    const isShown = getComputedStyle(node).visibility !== 'hidden' && right > 0 && bottom > 0;
    const element = `<${node.tagName.toLowerCase()} id="${node.id}" class="${node.className}">`;
    return { element, isVisible: isShown && width > 0 && height > 0 };
}

/** Runs in the page. */
function keepWhatHappens(): void {
    const kept: Kept = { executed: [], pointerEvents: 0 };
    Object.assign(globalThis, { connectKept: kept });
    for (const type of ['pointerdown', 'mousedown', 'click', 'touchstart']) {
        // a click that a key makes has no detail
        document.addEventListener(
            type,
            event => (kept.pointerEvents += event.isTrusted && (event as UIEvent).detail > 0 ? 1 : 0),
            true
        );
    }
    const { container } = (
        globalThis as unknown as {
            theia: {
                container: {
                    _bindingDictionary: { _map: Map<unknown, unknown> };
                    get(key: unknown): unknown;
                };
            };
        }
    ).theia;
    const key = [...container._bindingDictionary._map.keys()].find(
        each => typeof each === 'symbol' && each.description === 'CommandService'
    );
    const registry = container.get(key) as {
        onWillExecuteCommand(listener: (event: { commandId: string }) => void): void;
    };
    registry.onWillExecuteCommand(({ commandId }) => kept.executed.push(commandId));
}

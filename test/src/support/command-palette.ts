import type { Page } from 'playwright-core';

/** Entries of the palette whose titles begin alike, at most. */
const MOST_ALIKE = 8;
const FOCUSED = '.quick-input-list .monaco-list-row.focused';

/** Opens the palette, and presses Enter once the command of this title is the marked one. @param title may lack its … */
export async function pressInPalette(page: Page, title: string): Promise<void> {
    const { keyboard } = page;
    await keyboard.press('F1');
    await page.locator('.quick-input-widget input[type=text]:focus').waitFor();
    await keyboard.insertText(title);
    const focused = page.locator(FOCUSED);
    await focused.filter({ hasText: title }).waitFor();
    // what was used of late stands above what is called so: Copy Path above Copy
    const name = focused.locator('.quick-input-list-row').first().locator('.label-name').first();
    for (let presses = 0; (await name.innerText()).replace(/…$/, '') !== title.replace(/…$/, ''); presses++) {
        if (presses > MOST_ALIKE) {
            throw new Error(`The palette has no “${title}”`);
        }
        await keyboard.press('ArrowDown');
    }
    await keyboard.press('Enter');
}

/**
 * Waits until the palette, in which a command of this title was chosen, is away: keys pressed before that would be the
 * palette's.
 */
export async function untilPaletteIsGone(page: Page, title: string): Promise<void> {
    await page.locator(FOCUSED, { hasText: title }).waitFor({ state: 'hidden' });
}

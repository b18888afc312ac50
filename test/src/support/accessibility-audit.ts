import type { Locator } from 'playwright-core';
import { AxeAudit } from './axe-audit';
import { THEIA_FINDINGS } from './axe-theia-findings';

/** Smallest contrast of text to its ground: WCAG 2.2, 1.4.3. */
const LEAST_CONTRAST = 4.5;

/** All that is to be mended below `root`: what axe finds serious or critical, and {@link auditBesideAxe}. */
export async function auditAccessibility(root: Locator): Promise<string[]> {
    const axe = new AxeAudit(root.page(), THEIA_FINDINGS);
    await axe.prepare();
    const found = (await axe.screen(root)).map(({ rule, impact, html }) => `${rule} (${impact}): ${html}`);
    return [...found, ...(await auditBesideAxe(root))];
}

/**
 * What a person with a screen reader or weak eyes would stumble over below `root` and axe passes over: it does not ask
 * what takes the focus for a role, only notes references to elements that are not there and ids that are there twice
 * for a person to review, and gives up on contrast where elements overlap. A sentence for each finding.
 */
export async function auditBesideAxe(root: Locator): Promise<string[]> {
    return [
        ...(await root.evaluate(focusWithoutRole)),
        ...(await root.evaluate(danglingReferences)),
        ...(await root.evaluate(faintTexts, LEAST_CONTRAST))
    ];
}

// What follows runs in the page: each function stands alone.

function focusWithoutRole(top: Element): string[] {
    return [...top.querySelectorAll('div[tabindex="0"], span[tabindex="0"]')]
        .filter(node => !node.hasAttribute('role') && node.getBoundingClientRect().width > 1)
        .map(
            node =>
                `<${node.tagName.toLowerCase()} class="${node.className}"> takes the focus and has no role`
        );
}

function danglingReferences(top: Element): string[] {
    const names = ['aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-activedescendant'];
    const dangling = names.flatMap(name =>
        [...top.querySelectorAll(`[${name}]`)].flatMap(node =>
            node
                .getAttribute(name)!
                .split(/\s+/)
                .filter(id => id !== '' && !document.getElementById(id))
                .map(id => `<${node.tagName.toLowerCase()}>: ${name} refers to ${id}, which is not there`)
        )
    );
    const ids = [...document.querySelectorAll('[id]')].map(node => node.id);
    const twice = [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))].filter(id =>
        top.querySelector(`[id="${CSS.escape(id)}"]`)
    );
    return [...dangling, ...twice.map(id => `the id ${id} is there twice`)];
}

function faintTexts(top: Element, leastContrast: number): string[] {
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    const read = (color: string): number[] => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].map(value => value / 255);
    };
    const over = (front: number[], back: number[]): number[] =>
        [0, 1, 2].map(i => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);
    const groundOf = (node: Element | null): number[] => {
        if (!node) {
            return [1, 1, 1, 1];
        }
        const own = read(getComputedStyle(node).backgroundColor);
        return own[3] === 1 ? own : over(own, groundOf(node.parentElement));
    };
    const luminance = (color: number[]): number => {
        const [red, green, blue] = color.map(value =>
            value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
        );
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const isText = (node: Element): boolean => {
        const { width, height } = node.getBoundingClientRect();
        const own = [...node.childNodes].some(
            child => child.nodeType === 3 && child.textContent!.trim() !== ''
        );
        // what cannot be used may be faint
        return own && width > 1 && height > 1 && !node.closest('[disabled], [aria-disabled=true], option');
    };
    const findings = [...top.querySelectorAll('*')].filter(isText).flatMap(node => {
        const ground = groundOf(node);
        const pair = [luminance(over(read(getComputedStyle(node).color), ground)), luminance(ground)];
        const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        return contrast < leastContrast
            ? [
                  `<${node.tagName.toLowerCase()} class="${node.className}"> has a contrast of ${contrast.toFixed(1)}`
              ]
            : [];
    });
    return [...new Set(findings)];
}

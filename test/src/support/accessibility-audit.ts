import type { Locator } from 'playwright-core';

/** Smallest contrast of text to its ground: WCAG 2.2, 1.4.3. */
const LEAST_CONTRAST = 4.5;

/**
 * What a person with a screen reader or weak eyes would stumble over below `root`: controls without names, references
 * to elements that are not there, roles without what they need, texts that are too faint. A sentence for each finding.
 */
export async function auditAccessibility(root: Locator): Promise<string[]> {
    return [
        ...(await root.evaluate(nameless)),
        ...(await root.evaluate(misplaced)),
        ...(await root.evaluate(danglingReferences)),
        ...(await root.evaluate(faintTexts, LEAST_CONTRAST))
    ];
}

// What follows runs in the page: each function stands alone.

function nameless(top: Element): string[] {
    const controls =
        'button, input, select, textarea, a[href], [tabindex="0"], [role=slider], [role=progressbar]';
    const shown = (node: Element): boolean => {
        const { width, height } = node.getBoundingClientRect();
        return width > 1 && height > 1 && getComputedStyle(node).visibility !== 'hidden';
    };
    const nameOf = (node: Element): string => {
        const by = node.getAttribute('aria-labelledby');
        const texts = [
            node.getAttribute('aria-label'),
            by && document.getElementById(by)?.textContent,
            (node as HTMLInputElement).labels?.[0]?.textContent,
            node.textContent,
            node.getAttribute('title')
        ];
        return texts.find(text => text && text.trim() !== '') ?? '';
    };
    const findings: string[] = [];
    for (const node of [...top.querySelectorAll(controls)].filter(shown)) {
        const text = `<${node.tagName.toLowerCase()} class="${node.className}">`;
        if (nameOf(node) === '') {
            findings.push(`${text} has no name`);
        }
        if (node.matches('div[tabindex="0"], span[tabindex="0"]') && !node.hasAttribute('role')) {
            findings.push(`${text} takes the focus and has no role`);
        }
        if (node.matches('[role=slider]') && !node.hasAttribute('aria-valuenow')) {
            findings.push(`${text} has no value`);
        }
    }
    return findings;
}

function misplaced(top: Element): string[] {
    const parents: ReadonlyArray<readonly [string, string]> = [
        ['[role=row]', '[role=grid], [role=table], [role=treegrid]'],
        ['[role=gridcell], [role=cell]', '[role=row]'],
        ['[role=tab]', '[role=tablist]']
    ];
    return parents.flatMap(([child, parent]) =>
        [...top.querySelectorAll(child)]
            .filter(node => !node.parentElement?.closest(parent))
            .map(node => `<${node.tagName.toLowerCase()} class="${node.className}"> is not inside ${parent}`)
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

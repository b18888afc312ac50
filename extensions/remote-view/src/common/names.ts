import { formatCount } from '@connect/base';
/** C0 control characters have pictures of their own in Unicode, from U+2400 on. */
const CONTROL = /[\u0000-\u001f\u007f]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A file name as people should see it: on one line, with nothing invisible left out. Never a name to work with. */
export function shownName(name: string): string {
    return name
        .replace(CONTROL, char =>
            String.fromCharCode(char === '\u007f' ? 0x2421 : 0x2400 + char.charCodeAt(0))
        )
        .replace(LONE_SURROGATE, '\ufffd');
}

/** Why `name` cannot be given to a file or folder, as a sentence; undefined when it can. */
export function refusedName(name: string, taken: (name: string) => boolean): string | undefined {
    if (name === '') {
        return 'Type a name.';
    }
    if (name === '.' || name === '..') {
        return 'This name has a meaning of its own.';
    }
    if (name.includes('/')) {
        return 'A name cannot contain “/”.';
    }
    if (name.includes('\0')) {
        return 'A name cannot contain the character 0.';
    }
    if (new TextEncoder().encode(name).byteLength > 255) {
        return 'This name is too long: 255 bytes are the most that servers take.';
    }
    return taken(name) ? 'There is something of that name already.' : undefined;
}

const NAMED = 5;

export interface DeleteQuestion {
    readonly title: string;
    /** One line each. */
    readonly lines: readonly string[];
    readonly warning: string;
}

/** What is asked before something is deleted on a server: by name for the first few, and how many more. */
export function deleteQuestion(
    items: ReadonlyArray<{ readonly name: string; readonly isFolder: boolean }>,
    accountName: string
): DeleteQuestion {
    const lines = items.slice(0, NAMED).map(item => shownName(item.name) + (item.isFolder ? '/' : ''));
    if (items.length > NAMED) {
        lines.push(`+ ${formatCount(items.length - NAMED)} more`);
    }
    const what = items.length === 1 ? 'this item' : `these ${formatCount(items.length)} items`;
    const folders = items.some(item => item.isFolder) ? ' Folders go with everything that is in them.' : '';
    return {
        title: `Delete ${what} from “${accountName}”?`,
        lines,
        warning: `The server keeps no copy: this cannot be undone.${folders}`
    };
}

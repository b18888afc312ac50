import { ConnectError } from '@connect/base';

const HEADER = 'FASPMGR 2';
const ESCAPE = '\u001b';
const SPECIAL = /[\u001b\n\r]/;
/** A longer frame without an end is no frame. */
const MAX_FRAME_CHARS = 64 * 1024;

/** Named values in the order they are written; the first is `Type`. Format: docs/formats/management.md. */
export type FrameFields = Readonly<Record<string, string>>;

/** One frame as it stands on the socket. Values may hold anything; names hold neither colon nor line end. */
export function encodeFrame(fields: FrameFields): string {
    let text = `${HEADER}\n`;
    for (const [name, value] of Object.entries(fields)) {
        text += `${name}: ${escape(value)}\n`;
    }
    return `${text}\n`;
}

/** Takes text as it arrives, in pieces of any size, and gives whole frames. */
export class FrameParser {
    private pending = '';
    private fields: Record<string, string> | undefined;
    private frameChars = 0;

    /** @throws ConnectError `transfer.protocol` for text that is not frames; the parser is of no use afterwards. */
    push(text: string): FrameFields[] {
        this.pending += text;
        const frames: FrameFields[] = [];
        for (let end = this.pending.indexOf('\n'); end >= 0; end = this.pending.indexOf('\n')) {
            const line = this.pending.slice(0, end).replace(/\r$/, '');
            this.pending = this.pending.slice(end + 1);
            const frame = this.takeLine(line);
            if (frame) {
                frames.push(frame);
            }
        }
        if (this.pending.length + this.frameChars > MAX_FRAME_CHARS) {
            throw malformed('a frame is too long');
        }
        return frames;
    }

    private takeLine(line: string): FrameFields | undefined {
        if (this.fields === undefined) {
            if (line !== HEADER) {
                throw malformed(`"${line.slice(0, 40)}" stands outside a frame`);
            }
            this.fields = {};
            this.frameChars = 0;
            return undefined;
        }
        if (line === '') {
            const frame = this.fields;
            this.fields = undefined;
            this.frameChars = 0;
            return frame;
        }
        const colon = line.indexOf(':');
        if (colon <= 0) {
            throw malformed(`"${line.slice(0, 40)}" is no field`);
        }
        this.frameChars += line.length;
        this.fields[line.slice(0, colon)] = unescape(line.slice(colon + 1).replace(/^ /, ''));
        return undefined;
    }
}

/** Line ends inside a value would end the line, so they travel as ESC n and ESC r; ESC itself doubles. */
function escape(value: string): string {
    return SPECIAL.test(value)
        ? value.replace(
              /[\u001b\n\r]/g,
              char => ESCAPE + (char === '\n' ? 'n' : char === '\r' ? 'r' : ESCAPE)
          )
        : value;
}

function unescape(value: string): string {
    return value.replace(/\u001b([nr\u001b])/g, (_all, char: string) =>
        char === 'n' ? '\n' : char === 'r' ? '\r' : ESCAPE
    );
}

function malformed(what: string): ConnectError {
    return new ConnectError('transfer.protocol', `Management socket: ${what}`);
}

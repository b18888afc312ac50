import { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { HttpRequest, HttpResponse, HttpStack } from 'tus-js-client';

/** Answers of tus are headers and a line of text at most. */
const MAX_BODY_CHARS = 4096;

/** A body that knows its length. */
type SizedStream = Readable & { readonly size: number };

/** How tus-js-client makes its requests: over the agent that knows the server, bodies as they come. */
export class TusRequests implements HttpStack {
    constructor(private readonly agent: Agent) {}

    createRequest(method: string, url: string): HttpRequest {
        return new TusRequest(method, url, this.agent);
    }

    getName(): string {
        return 'TusRequests';
    }
}

class TusRequest implements HttpRequest {
    private readonly headers: Record<string, string> = {};
    private outgoing: ClientRequest | undefined;

    constructor(
        private readonly method: string,
        private readonly url: string,
        private readonly agent: Agent
    ) {}

    getMethod(): string {
        return this.method;
    }

    getURL(): string {
        return this.url;
    }

    setHeader(name: string, value: string): void {
        this.headers[name.toLowerCase()] = value;
    }

    getHeader(name: string): string | undefined {
        return this.headers[name.toLowerCase()];
    }

    /** Progress is told by acknowledgements. */
    setProgressHandler(): void {}

    send(body: SizedStream | null): Promise<HttpResponse> {
        return new Promise((resolve, reject) => {
            const length = { 'content-length': String(body?.size ?? 0) };
            const outgoing = request(
                this.url,
                { method: this.method, agent: this.agent, headers: { ...this.headers, ...length } },
                answer => void readAnswer(answer).then(resolve, reject)
            );
            this.outgoing = outgoing;
            outgoing.once('error', error => {
                body?.destroy();
                reject(error);
            });
            if (body) {
                body.pipe(outgoing);
            } else {
                outgoing.end();
            }
        });
    }

    abort(): Promise<void> {
        this.outgoing?.destroy();
        return Promise.resolve();
    }

    getUnderlyingObject(): ClientRequest | undefined {
        return this.outgoing;
    }
}

async function readAnswer(answer: IncomingMessage): Promise<HttpResponse> {
    let text = '';
    for await (const piece of answer.setEncoding('utf8')) {
        text = (text + String(piece)).slice(0, MAX_BODY_CHARS);
    }
    return {
        getStatus: () => answer.statusCode ?? 0,
        getHeader: name => {
            const value = answer.headers[name.toLowerCase()];
            return Array.isArray(value) ? value.join(', ') : value;
        },
        getBody: () => text,
        getUnderlyingObject: () => answer
    };
}

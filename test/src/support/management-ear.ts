import { AddressInfo, createServer, Server, Socket } from 'node:net';
import { encodeFrame, FrameFields, FrameParser } from '@connect/transport/lib/cli/management-frames';

/** The program at the other end of `-M`: hears every frame, and may give orders. */
export class ManagementEar {
    readonly frames: FrameFields[] = [];
    private socket: Socket | undefined;

    private constructor(private readonly server: Server) {
        server.on('connection', socket => {
            this.socket = socket;
            const parser = new FrameParser();
            socket.setEncoding('utf8').on('data', text => this.frames.push(...parser.push(String(text))));
            // the program that ends takes its connection along
            socket.on('error', () => undefined);
        });
    }

    static async open(): Promise<ManagementEar> {
        const server = createServer();
        await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
        return new ManagementEar(server);
    }

    /** The option for connect-cp. */
    get option(): readonly string[] {
        return ['-M', String((this.server.address() as AddressInfo).port)];
    }

    order(frame: FrameFields): void {
        this.socket?.write(encodeFrame(frame));
    }

    last(type: string): FrameFields {
        const found = this.frames.findLast(frame => frame['Type'] === type);
        if (!found) {
            throw new Error(`no ${type} among ${this.frames.map(frame => frame['Type']).join(' ')}`);
        }
        return found;
    }

    /** Asks about the frames so far, several times a second. */
    async until(question: () => boolean): Promise<void> {
        while (!question()) {
            await new Promise(resolve => setTimeout(resolve, 20));
        }
    }

    close(): void {
        this.socket?.destroy();
        this.server.close();
    }
}

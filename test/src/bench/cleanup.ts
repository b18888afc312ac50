type Undo = () => Promise<void> | void;

/** What has to be undone, last done first: at the end of a block, and on Ctrl-C or SIGTERM of the whole program. */
export class Cleanup {
    private readonly steps: Undo[] = [];
    private running: Promise<void> | undefined;

    add(undo: Undo): void {
        this.steps.push(undo);
    }

    /** Undoes everything once; a step that fails is told and does not keep the others from running. */
    run(): Promise<void> {
        this.running ??= this.undoAll();
        return this.running;
    }

    /** From now on a signal ends the program, with everything undone first. */
    handleSignals(say: (line: string) => void): void {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
            process.on(signal, () => {
                say(`${signal}: taking everything down`);
                void this.run().then(() => process.exit(130));
            });
        }
    }

    private async undoAll(): Promise<void> {
        for (let undo = this.steps.pop(); undo; undo = this.steps.pop()) {
            try {
                await undo();
            } catch (error) {
                process.stderr.write(`cleaning up: ${String(error)}\n`);
            }
        }
    }
}

/** Facts of a log line; never a secret. */
export type LogData = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the server says what it does. */
export type Log = (event: string, data?: LogData) => void;

/** One JSON object a line on standard error; standard output belongs to answers. */
export const stderrLog: Log = (event, data = {}) => {
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...data })}\n`);
};

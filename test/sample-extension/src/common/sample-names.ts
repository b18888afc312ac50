/** Stored with jobs, so that both sides can tell which transfers are this extension's. */
export const SAMPLE_ENGINE_ID = 'sample-memory';

/** What this extension's endpoints say that they speak. */
export const SAMPLE_PROTOCOL = 'sample-memory';

import { ConnectError, ERROR_CATALOG, type ErrorCode, type StageReport } from '@connect/base';
import type { FrameFields } from '@connect/transport/lib/cli/management-frames';
import { CONNECTION_STAGES } from '../../common/diagnosis/stages';

/** The stage that a frame tells of; undefined for all other frames. Fields: docs/formats/management.md. */
export function stageOf(frame: FrameFields): StageReport | undefined {
    const stage = CONNECTION_STAGES.find(each => each === frame['X-Stage']);
    if (!stage) {
        return undefined;
    }
    const failed = frame['X-StageResult'] === 'Failed';
    return {
        stage,
        tookMs: numberOf(frame['X-StageMs']) ?? 0,
        facts: {
            ...text('address', frame['X-Address']),
            ...number('port', frame['X-Port']),
            ...text('fingerprint', frame['X-Fingerprint']),
            ...text('software', frame['X-Software']),
            ...text('proxy', frame['X-Proxy']),
            ...number('httpsPort', frame['X-HttpsPort']),
            ...text('httpsFingerprint', frame['X-HttpsFingerprint'])
        },
        ...(failed ? { error: errorOf(frame) } : {})
    };
}

function errorOf(frame: FrameFields): NonNullable<StageReport['error']> {
    const code = frame['X-Code'] as ErrorCode;
    const known = Object.prototype.hasOwnProperty.call(ERROR_CATALOG, code);
    return new ConnectError(known ? code : 'internal', frame['Description'] ?? '').toWire();
}

function text<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
    return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}

function number<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: number } {
    const amount = numberOf(value);
    return (amount === undefined ? {} : { [key]: amount }) as { readonly [P in K]?: number };
}

function numberOf(value: string | undefined): number | undefined {
    return value !== undefined && /^\d{1,12}(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

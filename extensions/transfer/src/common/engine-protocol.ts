import type { EngineDescription } from '@connect/api';

/** Path of the service below on the RPC connection between window and backend. */
export const ENGINE_SERVICE_PATH = '/services/connect/engines';

export const EngineService = Symbol('EngineService');

/** An engine as people see it. */
export interface EngineInfo extends EngineDescription {
    readonly id: string;
    readonly label: string;
}

/** What moves files here. */
export interface EngineService {
    /** In the order in which they are asked; their programs are asked for their versions, so it takes a moment. */
    engines(): Promise<EngineInfo[]>;
}

/** Tells a child of this program that it is a session of its parent, and where to connect. */
export const COORDINATOR_VARIABLE = 'CONNECT_CP_COORDINATOR';

/** Where the coordinator of this process is, when it was started by one. Taken out of the environment. */
export function takeCoordinator(environment: NodeJS.ProcessEnv): string | undefined {
    const path = environment[COORDINATOR_VARIABLE];
    delete environment[COORDINATOR_VARIABLE];
    return path;
}

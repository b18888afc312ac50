import { ANY_ENGINE } from './engine-preferences';

/**
 * The order in which engines are asked whether they can do a task.
 * @param registered ids of all engines
 * @param asked by the job itself: nobody else may do it then
 * @param preferred by the settings: it comes first
 */
export function engineOrder(
    registered: readonly string[],
    asked: string | undefined,
    preferred: string
): readonly string[] {
    if (asked !== undefined) {
        return registered.filter(id => id === asked);
    }
    if (preferred === ANY_ENGINE) {
        return registered;
    }
    const isPreferred = (id: string): boolean => id === preferred;
    return [...registered.filter(isPreferred), ...registered.filter(id => !isPreferred(id))];
}

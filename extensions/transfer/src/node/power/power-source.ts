import type { Disposable } from '@connect/base';
import type { PowerAndLink } from '../../common/power-rules';

/** What one part of a system tells of power and link: bound as a whole to {@link PowerSource}. */
export const PowerSource = Symbol('PowerSource');

export interface PowerSource {
    /**
     * Looks from now on, until it is disposed of, and never rejects or throws: what cannot be told is absent from the facts.
     * @param listener told within some seconds, also when nothing is known, and again with each change; never before
     * this has returned
     */
    watch(listener: (facts: PowerAndLink) => void): Disposable;
}

/** Of a system that tells nothing. */
export const UNKNOWN_POWER: PowerSource = {
    watch: listener => {
        let isOver = false;
        queueMicrotask(() => (isOver ? undefined : listener({})));
        return {
            dispose: () => {
                isOver = true;
            }
        };
    }
};

/** Each fact by the first of these sources, one or more, that knows it. Told when all have said something. */
export function firstKnown(sources: readonly PowerSource[]): PowerSource {
    return {
        watch: listener => {
            const facts: Array<PowerAndLink | undefined> = sources.map(() => undefined);
            const fact = (name: keyof PowerAndLink): boolean | undefined =>
                facts.find(each => each?.[name] !== undefined)?.[name];
            let told = '';
            const tell = (): void => {
                const [onBattery, metered] = [fact('onBattery'), fact('metered')];
                const known: PowerAndLink = {
                    ...(onBattery === undefined ? {} : { onBattery }),
                    ...(metered === undefined ? {} : { metered })
                };
                const text = JSON.stringify(known);
                if (facts.every(each => each !== undefined) && text !== told) {
                    told = text;
                    listener(known);
                }
            };
            const watches = sources.map((source, at) =>
                source.watch(news => {
                    facts[at] = news;
                    tell();
                })
            );
            return { dispose: () => watches.forEach(watch => watch.dispose()) };
        }
    };
}

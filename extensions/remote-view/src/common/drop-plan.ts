import type { FileCapabilities } from '@connect/api';
import { parseRemoteUri, REMOTE_SCHEME, remoteUri } from '@connect/security/lib/common/remote-uri';
import { notGranted, type Right } from './rights';

/** What is dragged or pasted, as far as it is known. Browsers hide the data of a drag until it is dropped. */
export type DropPayload =
    | { readonly kind: 'uris'; readonly uris: readonly string[] }
    /** Files or folders of this app, which ones is not known yet. */
    | { readonly kind: 'hidden-uris' }
    /** From the desktop of the user. */
    | { readonly kind: 'desktop-files' }
    /** Text, links and whatever else. */
    | { readonly kind: 'other' };

/** The folder that is dropped onto. */
export interface DropTarget {
    /** URI of a folder: `file:` or `connect:`. */
    readonly uri: string;
    /** Of its account; undefined while they are not known, and for local folders. */
    readonly rights?: FileCapabilities;
}

/** What a drop does. `nothing` is none of our business: others may handle it. */
export type DropPlan =
    | { readonly kind: 'nothing' }
    | { readonly kind: 'refuse'; readonly reason: string }
    | { readonly kind: 'wait' }
    | { readonly kind: 'upload'; readonly sources: readonly string[]; readonly target: string }
    | { readonly kind: 'upload-dropped'; readonly target: string }
    | { readonly kind: 'download'; readonly sources: readonly string[]; readonly target: string }
    | {
          readonly kind: 'move';
          readonly moves: ReadonlyArray<{ readonly from: string; readonly to: string }>;
      };

const NOTHING: DropPlan = { kind: 'nothing' };
const refuse = (reason: string): DropPlan => ({ kind: 'refuse', reason });

export const NOT_A_FOLDER = 'Drop onto a folder or an account.';

/**
 * Decides what dropping (or pasting) `payload` onto `target` means. `wait` says that it will be known at the drop.
 *
 * @param copy the user holds the key for “copy” instead of “move”
 */
export function planDrop(payload: DropPayload, target: DropTarget | undefined, copy: boolean): DropPlan {
    if (payload.kind === 'other' || (payload.kind === 'uris' && payload.uris.length === 0)) {
        return NOTHING;
    }
    const place = target && parseRemoteUri(target.uri);
    if (!place) {
        return planLocalDrop(payload, target);
    }
    if (payload.kind === 'hidden-uris') {
        return { kind: 'wait' };
    }
    if (payload.kind === 'desktop-files') {
        return target.rights?.write === false
            ? refuse(notGranted('write'))
            : { kind: 'upload-dropped', target: target.uri };
    }
    return planRemoteDrop(outermost(payload.uris), target, copy);
}

/** What carrying out `plan` takes: which right, and on the account of which URI. */
export function rightNeeded(plan: DropPlan): { readonly right: Right; readonly uri: string } | undefined {
    switch (plan.kind) {
        case 'upload':
        case 'upload-dropped':
            return { right: 'write', uri: plan.target };
        case 'download':
            return { right: 'read', uri: plan.sources[0] };
        case 'move':
            return { right: 'rename', uri: plan.moves[0].from };
        default:
            return undefined;
    }
}

function planLocalDrop(payload: DropPayload, target: DropTarget | undefined): DropPlan {
    if (payload.kind === 'desktop-files') {
        return target ? NOTHING : refuse(NOT_A_FOLDER);
    }
    if (payload.kind !== 'uris') {
        return { kind: 'wait' };
    }
    const sources = outermost(payload.uris);
    const remote = sources.filter(isRemote);
    if (!target) {
        return refuse(NOT_A_FOLDER);
    }
    if (remote.length === 0) {
        return NOTHING;
    }
    return remote.length < sources.length
        ? refuse('Take either local or remote files, not both at once.')
        : (refusedDownload(remote) ?? { kind: 'download', sources: remote, target: target.uri });
}

function planRemoteDrop(sources: readonly string[], target: DropTarget, copy: boolean): DropPlan {
    const remote = sources.filter(isRemote);
    if (remote.length === 0) {
        if (!sources.every(uri => uri.startsWith('file:'))) {
            return NOTHING;
        }
        return target.rights?.write === false
            ? refuse(notGranted('write'))
            : { kind: 'upload', sources, target: target.uri };
    }
    if (remote.length < sources.length) {
        return refuse('Take either local or remote files, not both at once.');
    }
    return planMove(remote, target, copy);
}

function planMove(sources: readonly string[], target: DropTarget, copy: boolean): DropPlan {
    const folder = parseRemoteUri(target.uri)!;
    const places = sources.map(uri => ({ uri, place: parseRemoteUri(uri) }));
    if (places.some(({ place }) => place?.accountId !== folder.accountId)) {
        return refuse('From account to account goes by way of this computer: download, then upload.');
    }
    if (copy) {
        return refuse(
            'The server cannot copy by itself. It can move: drag without the key, or cut and paste.'
        );
    }
    if (target.rights?.rename === false) {
        return refuse(notGranted('rename'));
    }
    const inside = folder.path === '/' ? '/' : `${folder.path}/`;
    const moves: { from: string; to: string }[] = [];
    for (const { uri, place } of places) {
        const path = place!.path;
        if (path === '/') {
            return refuse('An account cannot be moved.');
        }
        if (inside.startsWith(`${path}/`)) {
            return refuse('A folder cannot be moved into itself.');
        }
        const name = path.slice(path.lastIndexOf('/') + 1);
        if (`${inside}${name}` !== path) {
            moves.push({ from: uri, to: remoteUri(folder.accountId, `${inside}${name}`) });
        }
    }
    return moves.length === 0 ? refuse('It is in this folder already.') : { kind: 'move', moves };
}

function refusedDownload(sources: readonly string[]): DropPlan | undefined {
    const places = sources.map(parseRemoteUri);
    if (places.some(place => place?.path === '/')) {
        return refuse('Take files or folders of the account, not the account itself.');
    }
    if (new Set(places.map(place => place?.accountId)).size > 1) {
        return refuse('Take files of one account at a time.');
    }
    return undefined;
}

/** Without what lies inside another one of them, and each once: a folder brings its content along. */
export function outermost(uris: readonly string[]): string[] {
    const all = new Set(uris);
    return [...all].filter(uri => {
        for (let at = uri.lastIndexOf('/'); at > 0; at = uri.lastIndexOf('/', at - 1)) {
            const parent = uri.slice(0, at);
            // an account's root ends with a slash, folders do not
            if (all.has(parent) || (all.has(`${parent}/`) && `${parent}/` !== uri)) {
                return false;
            }
        }
        return true;
    });
}

function isRemote(uri: string): boolean {
    return uri.startsWith(`${REMOTE_SCHEME}:`);
}

/** URIs of a clipboard text that holds one per line and nothing else; empty for any other text. */
export function parseUriLines(text: string): string[] {
    const lines = text
        .split('\n')
        .map(line => line.trim())
        .filter(line => line !== '');
    return lines.every(line => isRemote(line) || line.startsWith('file:///')) ? lines : [];
}

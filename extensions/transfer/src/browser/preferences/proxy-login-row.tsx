import type { AccountOption } from '@connect/api';
import { ConnectError } from '@connect/base';
import { AccountFormDialog } from '@connect/security/lib/browser/account-form-dialog';
import type { AccountService } from '@connect/security/lib/common/account-protocol';
import * as React from '@theia/core/shared/react';
import type { NetworkService, ProxyKind, ProxyState } from '../../common/network-protocol';
import type { NetworkValues } from '../../common/network-route';

/** Props of {@link ProxyLoginRow}. */
export interface ProxyLoginProps {
    readonly kind: ProxyKind;
    readonly network: NetworkService;
    readonly accounts: AccountService;
    /** Those that decide which proxy is in use. */
    readonly settings: NetworkValues;
    announce(text: string): void;
}

const NAMES: Readonly<Record<ProxyKind, string>> = { http: 'HTTP proxy', fasp: 'FASP proxy' };

const FIELDS: readonly AccountOption[] = [
    { key: 'user', label: 'User name', kind: 'text', required: true },
    { key: 'password', label: 'Password', kind: 'secret', required: false }
];

/** Who logs in at a proxy. The password goes to the keychain, or stays in the memory of the backend. */
export function ProxyLoginRow(props: ProxyLoginProps): React.ReactElement {
    const { kind, network } = props;
    // they are another object each time the page is drawn
    const settings = JSON.stringify(props.settings);
    const [state, setState] = React.useState<ProxyState | undefined>(undefined);
    const [problem, setProblem] = React.useState('');
    const changeButton = React.useRef<HTMLButtonElement>(null);
    const load = React.useCallback(async (): Promise<void> => {
        try {
            setState(await network.proxy(kind, JSON.parse(settings) as NetworkValues));
            setProblem('');
        } catch (error) {
            setProblem(ConnectError.from(error).message);
        }
    }, [kind, network, settings]);
    React.useEffect(() => void load(), [load]);
    const attempt = async (work: () => Promise<string | undefined>): Promise<void> => {
        try {
            const said = await work();
            await load();
            if (said !== undefined) {
                props.announce(said);
            }
        } catch (error) {
            setProblem(ConnectError.from(error).message);
        }
    };
    const change = (): Promise<void> => attempt(() => askForLogin(props, state?.user));
    const remove = (): Promise<void> =>
        attempt(async () => {
            const { reason } = await network.setProxyLogin(kind, '', '', false);
            // the button that was pressed goes
            changeButton.current?.focus();
            return reason ?? `The ${NAMES[kind]} is used without a login`;
        });
    const text =
        state === undefined
            ? 'Asking…'
            : state.user === undefined
              ? 'Used without a login.'
              : `Logs in as ${state.user}${state.isFromEnvironment ? ', as the environment says' : ''}.`;
    return (
        <>
            <div className="connect-preferences-field">
                <span>{text}</span>
                <button
                    type="button"
                    className="theia-button secondary"
                    ref={changeButton}
                    disabled={state === undefined || state.isFromEnvironment}
                    onClick={() => void change()}
                >
                    {state?.user === undefined ? 'Set Login…' : 'Change Login…'}
                </button>
                {state?.user !== undefined && !state.isFromEnvironment && (
                    <button type="button" className="theia-button secondary" onClick={() => void remove()}>
                        Remove Login
                    </button>
                )}
            </div>
            {problem !== '' && (
                <p className="connect-preferences-complaint" role="alert">
                    <span className="codicon codicon-error" aria-hidden="true" /> {problem}
                </p>
            )}
            <p className="connect-preferences-about">
                Optional. The password is kept in the keychain of this system, never in the settings.
            </p>
        </>
    );
}

/** What to tell when a login was entered; undefined when that was given up. */
async function askForLogin(
    { kind, network, accounts }: ProxyLoginProps,
    user: string | undefined
): Promise<string | undefined> {
    const entered = await new AccountFormDialog({
        title: `Login at the ${NAMES[kind]}`,
        options: FIELDS,
        values: { user: user ?? '' },
        keychain: await accounts.keychain(),
        acceptLabel: 'Set Login'
    }).open();
    if (!entered) {
        return undefined;
    }
    const { values, remember } = entered;
    const { remembered, reason } = await network.setProxyLogin(
        kind,
        values.user.trim(),
        values.password,
        remember
    );
    const kept = remembered ? 'kept in the keychain' : 'kept until the backend ends';
    return `Login at the ${NAMES[kind]}: ${values.user.trim()}, ${kept}${reason === undefined ? '' : `. ${reason}`}`;
}

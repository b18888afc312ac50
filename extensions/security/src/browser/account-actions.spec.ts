import { afterImports } from '../testing/frontend-globals';
import { ConnectError, ErrorCode, ErrorData } from '@connect/base';
import { DialogOverlayService } from '@theia/core/lib/browser/dialogs';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { AccountService } from '../common/account-protocol';
import { AccountActions } from './account-actions';
import { AccountModel } from './account-model';
afterImports();

const ACCOUNT = { id: 'a', name: 'Mine', typeId: 't', settings: { host: 'h.example', user: 'ana' } };
const TYPE = {
    id: 't',
    label: 'T',
    options: [
        { key: 'host', label: 'Host', kind: 'host', required: true },
        { key: 'password', label: 'Password', kind: 'secret', required: false },
        { key: 'token', label: 'Token', kind: 'secret', required: false }
    ]
};
const KEY = { host: 'h.example', port: 33001, fingerprint: 'SHA256:new' };

const fail = (code: ErrorCode, data: ErrorData = {}) => Promise.reject(new ConnectError(code, code, data));

describe('what an account lacks', () => {
    let disable: () => void;
    let actions: AccountActions;
    let calls: unknown[][];
    let keychain: { available: boolean; reason?: string };

    before(() => {
        disable = enableJSDOM();
        new DialogOverlayService().initialize();
    });
    after(() => disable());
    beforeEach(() => {
        calls = [];
        keychain = { available: true };
        const container = new Container();
        container.bind(AccountModel).toConstantValue({ find: () => ACCOUNT } as unknown as AccountModel);
        container.bind(AccountService).toConstantValue({
            types: async () => [TYPE],
            keychain: async () => keychain,
            provideSecrets: async (...args: unknown[]) => void calls.push(['provide', ...args]),
            trustHostKey: async (...args: unknown[]) => void calls.push(['trust', ...args])
        });
        container.bind(AccountActions).toSelf();
        actions = container.get(AccountActions);
    });
    afterEach(() => expect(document.querySelectorAll('.connect-dialog')).to.have.length(0));

    /** The dialog that is open, once it is. */
    async function dialog(): Promise<HTMLElement> {
        for (;;) {
            const node = document.querySelector<HTMLElement>('.connect-dialog');
            if (node) {
                return node;
            }
            await new Promise(resolve => setImmediate(resolve));
        }
    }
    const boxes = (node: HTMLElement) => [...node.querySelectorAll<HTMLInputElement>('input[type=checkbox]')];
    const press = (node: HTMLElement, kind: 'main' | 'secondary') =>
        node.querySelector<HTMLButtonElement>(`button.${kind}`)!.click();

    /** Fails with each of `errors` in turn, then works. */
    function work(...errors: Array<() => Promise<never>>): () => Promise<string> {
        return async () => errors.shift()?.() ?? 'done';
    }

    it('is asked for, secret by secret, and given to the backend only', async () => {
        const done = actions.withAccount(
            'a',
            work(() => fail('security.credentials-required', { missing: 'password' }))
        );
        const node = await dialog();
        expect(node.getAttribute('role')).to.equal('dialog');
        expect(node.textContent)
            .to.contain('Mine')
            .and.contain('h.example as ana')
            .and.not.contain('Token')
            .and.not.contain('optional');
        const [remember] = boxes(node);
        expect(remember.checked).to.equal(false);
        node.querySelector<HTMLInputElement>('input[type=password]')!.value = 's3cret';
        press(node, 'main');
        expect(await done).to.equal('done');
        expect(calls).to.deep.equal([['provide', 'a', { password: 's3cret' }, false]]);
    });

    it('cannot be remembered without a keychain, and the reason is said', async () => {
        keychain = { available: false, reason: 'No D-Bus.' };
        const done = actions.withAccount(
            'a',
            work(() => fail('transfer.authentication-failed'))
        );
        const node = await dialog();
        expect(boxes(node)[0].disabled).to.equal(true);
        expect(node.textContent).to.contain('Nothing will be saved').and.contain('No D-Bus.');
        expect(node.querySelector('.connect-complaint')?.textContent).to.contain('refused the login');
        press(node, 'main');
        await done;
    });

    it('is not asked for twice when several need it', async () => {
        const missing = () => fail('security.credentials-required', { missing: 'password' });
        let late!: () => void;
        const gate = new Promise<void>(resolve => (late = resolve));
        const runs = [
            actions.withAccount('a', work(missing)),
            actions.withAccount('a', work(missing)),
            actions.withAccount(
                'a',
                work(async () => gate.then(missing))
            )
        ];
        const node = await dialog();
        node.querySelector<HTMLInputElement>('input[type=password]')!.value = 'x';
        press(node, 'main');
        await Promise.all(runs.slice(0, 2));
        late();
        expect(await Promise.all(runs)).to.deep.equal(['done', 'done', 'done']);
        expect(calls).to.have.length(1);
    });

    it('ends the work as cancelled when the user declines', async () => {
        const done = actions.withAccount(
            'a',
            work(() => fail('security.credentials-required'))
        );
        press(await dialog(), 'secondary');
        const error: unknown = await done.catch((thrown: unknown) => thrown);
        expect(ConnectError.is(error, 'cancelled')).to.equal(true);
        expect(ConnectError.is((error as ConnectError).cause, 'security.credentials-required')).to.equal(
            true
        );
    });

    it('leaves other failures alone', async () => {
        const error: unknown = await actions
            .withAccount('a', () => fail('files.not-found'))
            .catch((thrown: unknown) => thrown);
        expect(ConnectError.is(error, 'files.not-found')).to.equal(true);
    });

    it('asks calmly about a key that was never seen', async () => {
        const done = actions.withAccount(
            'a',
            work(() => fail('transfer.host-key-unknown', KEY))
        );
        const node = await dialog();
        expect(node.textContent).to.contain('for the First Time').and.contain('SHA256:new');
        expect(node.classList.contains('connect-danger')).to.equal(false);
        expect(document.activeElement?.textContent, 'focus').to.equal('Cancel');
        press(node, 'main');
        expect(await done).to.equal('done');
        expect(calls).to.deep.equal([['trust', 'h.example', 33001, 'SHA256:new']]);
    });

    it('warns about a key that changed, and takes no for the default', async () => {
        const done = actions.withAccount(
            'a',
            work(() => fail('transfer.host-key-mismatch', { ...KEY, trusted: 'SHA256:old' }))
        );
        const node = await dialog();
        expect(node.getAttribute('role')).to.equal('alertdialog');
        expect(node.textContent)
            .to.contain('Has Changed')
            .and.contain('SHA256:old')
            .and.contain('SHA256:new');
        const [confirmed] = boxes(node);
        expect(confirmed.checked).to.equal(false);
        press(node, 'main');
        await new Promise(resolve => setImmediate(resolve));
        expect(document.contains(node), 'not without the confirmation').to.equal(true);
        confirmed.click();
        MessageLoop.flush();
        await new Promise(resolve => setImmediate(resolve));
        press(node, 'main');
        expect(await done).to.equal('done');
        expect(calls).to.deep.equal([['trust', 'h.example', 33001, 'SHA256:new']]);
    });
});

import { AccountModel } from '@connect/security/lib/browser/account-model';
import { AccountService } from '@connect/security/lib/common/account-protocol';
import * as React from '@theia/core/shared/react';
import { inject, injectable } from '@theia/core/shared/inversify';
import { NetworkService, type ProxyKind } from '../../common/network-protocol';
import type { NetworkValues } from '../../common/network-route';
import { PREFERENCES_TABS } from './built-in-tabs';
import type {
    PreferencesRow,
    PreferencesSection,
    PreferencesTab,
    PreferencesTabContribution,
    PreferencesValues
} from './preferences-tab';
import { ProxyLoginRow } from './proxy-login-row';
import { ProxyTestRow } from './proxy-test-row';

/** Port that a server has its HTTPS on when nobody says otherwise. */
const USUAL_HTTPS_PORT = '8443';

/** Settings that decide which proxy is in use: what is known of it is asked for anew when one changes. */
const DECIDING: Readonly<Record<ProxyKind, readonly string[]>> = {
    http: ['mode', 'host', 'port'].map(name => `connect.network.httpProxy.${name}`),
    fasp: ['enabled', 'kind', 'secure', 'certificate', 'host', 'port'].map(
        name => `connect.network.faspProxy.${name}`
    )
};

const FASP = 'connect.network.faspProxy';

const byHand = (values: PreferencesValues): string | undefined =>
    values.get('connect.network.httpProxy.mode') === 'manual' ? undefined : 'The proxy is not named here.';

const isOn = (values: PreferencesValues): string | undefined =>
    values.get(`${FASP}.enabled`) === true ? undefined : 'The FASP proxy is off.';

const showsCertificate = (values: PreferencesValues): string | undefined =>
    isOn(values) ??
    (values.get(`${FASP}.secure`) !== true || values.get(`${FASP}.kind`) === 'dnat'
        ? 'Only a SOCKS 5 proxy with TLS shows a certificate here.'
        : undefined);

/** Ways to servers: proxies, their logins and their test. */
@injectable()
export class NetworkTab implements PreferencesTabContribution {
    @inject(NetworkService) protected readonly network: NetworkService;
    @inject(AccountService) protected readonly accounts: AccountService;
    @inject(AccountModel) protected readonly accountModel: AccountModel;

    get tabs(): readonly PreferencesTab[] {
        return [
            {
                ...PREFERENCES_TABS.network,
                sections: [this.httpProxy(), this.faspProxy(), EXCEPTIONS, FALLBACK]
            }
        ];
    }

    private httpProxy(): PreferencesSection {
        return {
            id: 'http-proxy',
            title: 'HTTP proxy',
            rank: 100,
            rows: [
                { key: 'connect.network.httpProxy.mode', label: 'Use HTTP proxy' },
                { key: 'connect.network.httpProxy.host', label: 'Address', unusedBecause: byHand },
                { key: 'connect.network.httpProxy.port', label: 'Port', unusedBecause: byHand },
                ...this.loginAndTest('http')
            ]
        };
    }

    private faspProxy(): PreferencesSection {
        return {
            id: 'fasp-proxy',
            title: 'FASP proxy',
            rank: 200,
            rows: [
                { key: `${FASP}.enabled`, label: 'Use FASP proxy' },
                { key: `${FASP}.kind`, label: 'Kind', unusedBecause: isOn },
                { key: `${FASP}.secure`, label: 'Secure', unusedBecause: isOn },
                {
                    key: `${FASP}.certificate`,
                    label: 'Fingerprint of its certificate',
                    placeholder: 'SHA256:…',
                    unusedBecause: showsCertificate
                },
                { key: `${FASP}.host`, label: 'Address', unusedBecause: isOn },
                { key: `${FASP}.port`, label: 'Port', unusedBecause: isOn },
                ...this.loginAndTest('fasp')
            ]
        };
    }

    private loginAndTest(kind: ProxyKind): PreferencesRow[] {
        const settingsOf = (values: PreferencesValues): NetworkValues =>
            Object.fromEntries(DECIDING[kind].map(key => [key, values.get(key)]));
        return [
            {
                id: 'login',
                label: 'User name and password',
                render: context => (
                    <ProxyLoginRow
                        kind={kind}
                        network={this.network}
                        accounts={this.accounts}
                        settings={settingsOf(context)}
                        announce={text => context.announce(text)}
                    />
                )
            },
            {
                id: 'test',
                label: 'Test proxy',
                render: context => (
                    <ProxyTestRow
                        id={`${context.idPrefix}-test`}
                        kind={kind}
                        network={this.network}
                        settings={settingsOf(context)}
                        settled={async () => {
                            await context.settled();
                            return settingsOf(context);
                        }}
                        usualTarget={this.usualTarget(kind)}
                    />
                )
            }
        ];
    }

    /** The server of the first account that has one. */
    private usualTarget(kind: ProxyKind): string {
        const settings = this.accountModel.accounts.find(account => account.settings.host)?.settings;
        if (!settings) {
            return '';
        }
        const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
        return `${host}:${kind === 'http' ? USUAL_HTTPS_PORT : (settings.sshPort ?? '33001')}`;
    }
}

const EXCEPTIONS: PreferencesSection = {
    id: 'exceptions',
    title: 'Without a proxy',
    rank: 300,
    rows: [{ key: 'connect.network.noProxy', label: 'Hosts' }]
};

const FALLBACK: PreferencesSection = {
    id: 'fallback',
    title: 'HTTPS fallback',
    rank: 400,
    rows: [{ key: 'connect.network.httpsFallback', label: 'Where UDP does not pass' }]
};

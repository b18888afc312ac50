import { AccountModel } from '@connect/security/lib/browser/account-model';
import { CommonMenus } from '@theia/core/lib/browser/common-menus';
import type { KeybindingContribution, KeybindingRegistry } from '@theia/core/lib/browser/keybinding';
import type { Command, CommandContribution, CommandRegistry } from '@theia/core/lib/common/command';
import type { MenuContribution, MenuModelRegistry } from '@theia/core/lib/common/menu';
import { QuickInputService } from '@theia/core/lib/common/quick-pick-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { DiagnosisSubject } from '../../common/diagnosis/diagnosis-protocol';
import { parseHostText } from '../../common/diagnosis/host-text';
import { LIST_FOCUS } from '../transfer-commands';
import { TRANSFER_CONTEXT_MENU } from '../transfer-context-menu';
import { TransferSelection } from '../transfer-selection';
import { DiagnosisOpener } from './diagnosis-opener';

/** Commands about why, and about the way to servers. */
export const DiagnosisCommands = {
    /** On the chosen rows of the list. */
    WHY: {
        id: 'connect.transfers.why',
        category: 'Transfer',
        label: 'Why?',
        iconClass: 'codicon codicon-question'
    },
    /** The same, with a test that begins at once. */
    TEST_JOB: {
        id: 'connect.transfers.runDiagnostic',
        category: 'Transfer',
        label: 'Test the Way to Its Server'
    },
    /** Takes the id of an account, and a path there; asks when it gets none. */
    TEST: {
        id: 'connect.diagnosis.run',
        category: 'Connect',
        label: 'Run Connection Diagnostic…',
        iconClass: 'codicon codicon-pulse'
    }
} satisfies Record<string, Command>;

const MOST_AT_ONCE = 8;

/** Opens panels: by command, key and menu. */
@injectable()
export class DiagnosisContribution implements CommandContribution, KeybindingContribution, MenuContribution {
    @inject(DiagnosisOpener) protected readonly opener: DiagnosisOpener;
    @inject(TransferSelection) protected readonly selection: TransferSelection;
    @inject(AccountModel) protected readonly accounts: AccountModel;
    @inject(QuickInputService) protected readonly input: QuickInputService;

    registerCommands(registry: CommandRegistry): void {
        const openAll = async (withTest: boolean): Promise<void> => {
            for (const { id } of this.selection.jobs.slice(0, MOST_AT_ONCE)) {
                await this.opener.open({ kind: 'job', jobId: id }, withTest);
            }
        };
        const isEnabled = (): boolean => this.selection.jobs.length > 0;
        registry.registerCommand(DiagnosisCommands.WHY, { isEnabled, execute: () => openAll(false) });
        registry.registerCommand(DiagnosisCommands.TEST_JOB, { isEnabled, execute: () => openAll(true) });
        registry.registerCommand(DiagnosisCommands.TEST, {
            execute: async (accountId?: unknown, path?: unknown) => {
                const subject =
                    typeof accountId === 'string'
                        ? accountSubject(accountId, typeof path === 'string' ? path : undefined)
                        : await this.choose();
                if (subject) {
                    await this.opener.open(subject, true);
                }
            }
        });
    }

    registerKeybindings(keys: KeybindingRegistry): void {
        keys.registerKeybinding({
            command: DiagnosisCommands.WHY.id,
            keybinding: 'alt+enter',
            when: LIST_FOCUS
        });
    }

    registerMenus(menus: MenuModelRegistry): void {
        [DiagnosisCommands.WHY, DiagnosisCommands.TEST_JOB].forEach(({ id, label }, index) =>
            menus.registerMenuAction([...TRANSFER_CONTEXT_MENU, '1b_error'], {
                commandId: id,
                label,
                order: `0${index}`
            })
        );
        menus.registerMenuAction(CommonMenus.HELP, {
            commandId: DiagnosisCommands.TEST.id,
            label: DiagnosisCommands.TEST.label,
            order: 'z0'
        });
    }

    private async choose(): Promise<DiagnosisSubject | undefined> {
        const accounts = this.accounts.accounts.map(({ id, name, settings }) => ({
            label: name,
            description: settings.host,
            accountId: id as string | undefined
        }));
        const other = { label: 'Another host…', description: 'by name or address', accountId: undefined };
        const picked = await this.input.showQuickPick([...accounts, other], {
            placeholder: 'The way to which server?'
        });
        if (!picked) {
            return undefined;
        }
        return picked.accountId === undefined ? this.chooseHost() : accountSubject(picked.accountId);
    }

    private async chooseHost(): Promise<DiagnosisSubject | undefined> {
        const text = await this.input.input({
            title: 'Run Connection Diagnostic',
            prompt: 'Name or address of the host, with :port where SSH does not listen at 33001',
            validateInput: async value =>
                parseHostText(value) ? undefined : 'e.g. files.example or 192.0.2.7:22'
        });
        const host = text === undefined ? undefined : parseHostText(text);
        return host && { kind: 'host', ...host };
    }
}

function accountSubject(accountId: string, path?: string): DiagnosisSubject {
    return { kind: 'account', accountId, ...(path === undefined ? {} : { path }) };
}

import { Command, CommandContribution, CommandRegistry } from '@theia/core/lib/common/command';
import { environment } from '@theia/core/lib/common';
import { MessageService } from '@theia/core/lib/common/message-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import { LOGIN_PATH, LOGOUT_PATH } from '../common/login-policy';

export const LOG_OUT: Command = { id: 'connect.log-out', category: 'Connect', label: 'Log Out' };

/** Ends the login of this browser. There is none to end in the desktop app. */
@injectable()
export class LoginContribution implements CommandContribution {
    @inject(MessageService) protected readonly messages: MessageService;

    registerCommands(registry: CommandRegistry): void {
        const isBrowserHosted = (): boolean => !environment.electron.is();
        registry.registerCommand(LOG_OUT, {
            isEnabled: isBrowserHosted,
            isVisible: isBrowserHosted,
            execute: () => this.logOut()
        });
    }

    private async logOut(): Promise<void> {
        const answer = await fetch(LOGOUT_PATH, { method: 'POST' });
        // 401: somebody was faster, which is what was wanted
        if (answer.ok || answer.status === 401) {
            window.location.assign(LOGIN_PATH);
        } else {
            await this.messages.error(
                'Connect could not log you out. Try again, or stop it in its terminal.'
            );
        }
    }
}

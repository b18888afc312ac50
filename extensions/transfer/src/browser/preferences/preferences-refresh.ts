import { Emitter, type Event } from '@theia/core/lib/common/event';
import { injectable } from '@theia/core/shared/inversify';

/** Has the editor drawn anew when a tab shows something that is no setting and has changed. */
@injectable()
export class PreferencesRefresh {
    private readonly emitter = new Emitter<void>();
    readonly onDidRequest: Event<void> = this.emitter.event;

    request(): void {
        this.emitter.fire();
    }
}

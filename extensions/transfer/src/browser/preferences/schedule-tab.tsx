import * as React from '@theia/core/shared/react';
import { injectable } from '@theia/core/shared/inversify';
import { PREFERENCES_TABS } from './built-in-tabs';
import type { PreferencesTab, PreferencesTabContribution } from './preferences-tab';
import { ScheduleEditor } from './schedule-editor';

const SCHEDULE = 'connect.bandwidth.schedule';

/** Limits by weekday and hour, on the tab of bandwidth. */
@injectable()
export class ScheduleTab implements PreferencesTabContribution {
    readonly tabs: readonly PreferencesTab[] = [
        {
            ...PREFERENCES_TABS.bandwidth,
            sections: [
                {
                    id: 'schedule',
                    title: 'Schedule',
                    rank: 400,
                    note: 'Limits for some hours of some days, instead of those above, in Mbps; an empty field is no limit. The first line that fits holds. Hours that end before they begin last into the next day.',
                    rows: [
                        {
                            id: 'schedule',
                            keys: [SCHEDULE],
                            render: context => (
                                <ScheduleEditor
                                    id={context.idPrefix}
                                    value={context.get(SCHEDULE)}
                                    onSet={async schedule => {
                                        await context.set(SCHEDULE, schedule);
                                        context.announce(
                                            schedule === undefined ? 'No schedule' : 'The schedule is kept'
                                        );
                                    }}
                                />
                            )
                        }
                    ]
                }
            ]
        }
    ];
}

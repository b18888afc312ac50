export * from './account-type';
export * from './connection-stage';
export * from './log-book';
export * from './remote-file-system';
export * from './transfer-engine';

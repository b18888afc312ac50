export * from './account-type';
export * from './log-book';
export * from './remote-file-system';
export * from './transfer-engine';

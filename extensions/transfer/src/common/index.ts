export * from './transfer-protocol';

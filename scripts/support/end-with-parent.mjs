// Loaded before a program (node --import): ends it in order when the process that started it is gone, however that ended.
if (process.channel) {
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    // listening must not keep the program alive
    process.channel.unref();
}

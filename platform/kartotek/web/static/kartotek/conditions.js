export function wakeConditions() { return () => {}; }

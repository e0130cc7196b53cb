/** The command line of a fault test: `--name value` pairs over defaults; an unknown name is an error. */
export function readOptions(argv, defaults) {
  const options = { ...defaults };
  for (let i = 0; i < argv.length; i += 2) {
    const name = argv[i].replace(/^--/, "");
    if (!(name in defaults) || argv[i + 1] === undefined) throw new Error(`unknown or empty option: ${argv[i]}`);
    options[name] = typeof defaults[name] === "number" ? Number(argv[i + 1]) : argv[i + 1];
  }
  return options;
}

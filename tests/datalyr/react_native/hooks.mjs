// Lets Node load the package that is made for Metro: import paths without extensions, and modules that only a phone has.
const PACKAGE = "/node_modules/@datalyr/react-native/lib/";

const STUBS = new Set(["react-native", "expo-modules-core", "@react-native-async-storage/async-storage", "react-native-get-random-values"]);

export const resolve = async (specifier, context, next) => {
  if (STUBS.has(specifier)) return { url: new URL("device.mjs", import.meta.url).href, format: "module", shortCircuit: true };
  if (!context.parentURL?.includes(PACKAGE) || !specifier.startsWith(".")) return next(specifier, context);
  return next(`${specifier}.js`, context).catch(() => next(`${specifier}/index.js`, context));
};

export const load = (url, context, next) => next(url, url.includes(PACKAGE) ? { ...context, format: "module" } : context);

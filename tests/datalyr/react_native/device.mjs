// The phone under the SDK: storage, network and lifecycle, as far as the SDK asks for them.

/** What AsyncStorage holds: survives the app, as on a phone. */
export const storage = new Map();

/** Whether the phone has a connection; `change` tells the app. */
export const network = {
  isConnected: true,
  listeners: new Set(),
  state() { return { isConnected: this.isConnected, isInternetReachable: this.isConnected, type: this.isConnected ? "wifi" : "none" }; },
  change(isConnected) {
    this.isConnected = isConnected;
    for (const listener of this.listeners) listener(this.state());
  },
};

const lifecycle = new Set();

/** Tells the app that it went to the background or came back: "background", "active". */
export const enter = (state) => { for (const listener of lifecycle) listener(state); };

const subscription = (set, listener) => {
  set.add(listener);
  return { remove: () => set.delete(listener) };
};

export const Platform = { OS: "ios", Version: "17.0", select: (choices) => choices.ios };
export const Dimensions = { get: () => ({ width: 390, height: 844, scale: 3 }) };
export const AppState = { currentState: "active", addEventListener: (_, listener) => subscription(lifecycle, listener) };
export const Linking = { addEventListener: () => ({ remove: () => {} }), getInitialURL: async () => null };
export const NativeModules = {};

export const requireNativeModule = (name) => { throw new Error(`no native module ${name}`); };

export default {
  getItem: async (key) => storage.get(key) ?? null,
  setItem: async (key, value) => { storage.set(key, value); },
  removeItem: async (key) => { storage.delete(key); },
  multiRemove: async (keys) => { for (const key of keys) storage.delete(key); },
};

const NetInfo = {
  fetch: async () => network.state(),
  addEventListener: (listener) => {
    network.listeners.add(listener);
    return () => network.listeners.delete(listener);
  },
};

/** What the package asks for by `require`; what is not here is not installed. */
export const REQUIRED = {
  "@react-native-community/netinfo": { default: NetInfo },
  "react-native-device-info": {
    getUniqueId: async () => "C0FFEE00-0000-4000-8000-000000000001", getModel: async () => "iPhone 15", getManufacturer: async () => "Apple",
    getSystemVersion: async () => "17.0", getVersion: async () => "1.0.0", getBuildNumber: async () => "1", getBundleId: async () => "org.example.app",
    getTimezone: async () => "UTC", getDeviceLocale: async () => "en-US", getCarrier: async () => "none", isEmulator: async () => false,
  },
};

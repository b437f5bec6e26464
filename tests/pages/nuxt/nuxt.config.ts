export default defineNuxtConfig({
  compatibilityDate: '2026-01-01',
  telemetry: false,
  // Set by NUXT_PUBLIC_FS7_URL when the server starts.
  runtimeConfig: { public: { fs7Url: '' } },
});

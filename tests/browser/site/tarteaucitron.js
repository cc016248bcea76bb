tarteaucitron.init({ privacyUrl: "/privacy", highPrivacy: true, orientation: "bottom", DenyAllCta: true, AcceptAllCta: true, serviceDefaultState: "wait" });
tarteaucitron.services.comptoir = {
  key: "comptoir", type: "analytic", name: "Comptoir", uri: "/privacy", needConsent: true, cookies: [], js() {},
};
(tarteaucitron.job = tarteaucitron.job || []).push("comptoir");

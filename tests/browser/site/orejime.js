window.orejimeConfig = {
  privacyPolicyUrl: "/privacy",
  purposes: [{ id: "mesure", title: "Suivi de la boutique", description: "Comptoir", cookies: [] }],
};

/* Comptoir: takes what pages push to Matomo's _paq, and sends it as Matomo's Tracking HTTP API says. Apache-2.0 */
// Written anew from Matomo's public documentation, for pages that load matomo.js or piwik.js from where they send to.
// ES5, as pages of Matomo's age may be; nothing is evaluated, so a strict Content-Security-Policy may stand.
(function () {
  "use strict";
  if (window.Matomo) return; // a page with both names of the script, or with Matomo's own
  var source = document.currentScript && document.currentScript.src.replace(/[?#].*/, "");
  var base = source ? source.replace(/[^\/]*$/, "") : "";
  var COOKIE_DAYS = 393; // 13 months
  var MOST_HELD = 50; // requests that wait for consent
  var MOST_TRIES = 4;
  var FILES = /\.(7z|apk|avi|csv|dmg|docx?|epub|exe|gz|ics|iso|jar|mobi|mp[34]|msi|odp|ods|odt|pdf|pptx?|rar|tar|tgz|txt|wav|xlsx?|xml|zip)$/i;
  // What says how to send goes before what is sent: the standard snippet looks at the page before it names its site.
  var SETTING = /^(set(TrackerUrl|APIUrl|SiteId|UserId|VisitorId|Domains|Cookie(Domain|Path|SameSite)|SecureCookie|RequestMethod)|discardHashTag)$/;
  var WILL = /^(require|disableCookies|enableLinkTracking|setDoNotTrack|opt|forget|(set|remember)(Cookie)?ConsentGiven)/;
  var NOTHING = "setAPIUrl alwaysUseSendBeacon disableAlwaysUseSendBeacon setVisitorCookieTimeout setSessionCookieTimeout setReferralCookieTimeout setLinkTrackingTimer disablePerformanceTracking setPagePerformanceTiming disableBrowserFeatureDetection disableQueueRequest setRequestQueueInterval setRequestContentType";
  var PASSED = "setCookieNamePrefix setCustomVariable deleteCustomVariable getCustomVariable storeCustomVariablesInCookie enableCrossDomainLinking setCrossDomainLinkingTimeout enableJSErrorTracking trackAllContentImpressions trackVisibleContentImpressions trackContentImpressionsWithinNode setCustomRequestProcessing setCampaignNameKey setCampaignKeywordKey setConversionAttributionFirstReferrer setIgnoreClasses setLinkClasses setDownloadClasses setDownloadExtensions addDownloadExtensions removeDownloadExtensions addListener setPageViewId setExcludedQueryParams setExcludedReferrers setCustomData";

  var warned = {};
  function warn(name) {
    if (warned[name] === 1) return;
    warned[name] = 1;
    if (window.console) console.warn("matomo.js of Comptoir passes over: " + name);
  }
  function hex(length) {
    var text = "";
    var bytes = window.crypto && crypto.getRandomValues ? crypto.getRandomValues(new Uint8Array(length)) : [];
    for (var at = 0; at < length; at++) text += ((bytes[at] === undefined ? Math.random() * 16 : bytes[at]) & 15).toString(16);
    return text;
  }
  function each(object, act) {
    for (var name in object) if (Object.prototype.hasOwnProperty.call(object, name)) act(object[name], name);
  }
  function isSaid(value) {
    return value !== undefined && value !== null && value !== "" && value !== false;
  }
  function query(said) {
    var parts = [];
    each(said, function (value, name) {
      if (isSaid(value)) parts.push(name + "=" + encodeURIComponent(value));
    });
    return parts.join("&");
  }
  function cookies() {
    var found = {};
    document.cookie.split(/; */).forEach(function (one) {
      var at = one.indexOf("=");
      if (at > 0) found[one.slice(0, at)] = one.slice(at + 1);
    });
    return found;
  }

  // Tries again where the door was away or busy: it counts a request with the same `rand` once. To another's server
  // it goes once, as nobody says what that makes of a second.
  function send(url, method, text, tries) {
    var isOurs = source && url.replace(/^https?:/, "").indexOf(base.replace(/^https?:/, "")) === 0;
    var isGet = method === "GET" && text.length < 2000;
    var address = isGet ? url + (url.indexOf("?") < 0 ? "?" : "&") + text : url;
    function again() {
      if (isOurs && tries < MOST_TRIES) setTimeout(function () { send(url, method, text, tries + 1); }, 1000 * Math.pow(3, tries - 1) * (1 + Math.random()));
    }
    if (!window.fetch) {
      new Image().src = url + "?" + text.replace("&send_image=0", "");
      return;
    }
    // A form asks no leave of the door first; it says the page's origin, which a picture would not.
    fetch(address, {
      method: isGet ? "GET" : "POST",
      body: isGet ? undefined : text,
      headers: isGet ? {} : { "Content-Type": "application/x-www-form-urlencoded" },
      credentials: "omit",
      keepalive: text.length < 30000 // browsers carry 64 KB in all past the end of a page
    }).then(function (answer) {
      if (answer.status === 429 || answer.status >= 500) again();
      else if (!answer.ok) warn("a request that was answered " + answer.status + ", which is for " + url);
    }, again);
  }

  function Tracker(url, site) {
    var self = this;
    var method = "POST";
    var domain = "", path = "/", sameSite = "Lax", isSecure = false;
    var areCookiesOff = false, needsConsent = false, needsCookieConsent = false;
    var hasConsent = false, hasCookieConsent = false, isUntracked = false;
    var id, guest, user, title, address, referrer, isHashDropped, view, appended = "";
    var dimensions = {}, items = {}, product = {}, domains = [], held = [];
    var areLinksTracked = false, pulse, last = 0;

    // ── cookies, under Matomo's own names

    function put(name, value, seconds) {
      document.cookie = name + "=" + value + ";path=" + path + (domain ? ";domain=" + domain : "") + ";max-age=" + seconds + ";SameSite=" + sameSite + (isSecure ? ";Secure" : "");
    }
    function former() {
      var ours = "_pk_id." + site + ".";
      var found;
      each(cookies(), function (value, name) {
        var is = /^([0-9a-f]{16})(?:\.(\d{9,10})\b)?/.exec(value);
        if (!is || name.indexOf("_pk_id.") !== 0) return;
        var isOurs = name.indexOf(ours) === 0;
        // A key took the place of the site's number: whoever was known under the number stays who she is.
        if (!found || (isOurs && !found.isOurs)) found = { name: name, id: is[1], at: +is[2] || 0, isOurs: isOurs };
      });
      return found;
    }
    function mayKeep() {
      return !areCookiesOff && isAllowed() && (!needsCookieConsent || hasCookieConsent || !!cookies().mtm_cookie_consent);
    }
    function visitor() {
      if (!mayKeep() || !isSaid(site)) return id || (guest = guest || hex(16));
      var found = former();
      id = id || (found && found.id) || guest || hex(16);
      if (found && found.isOurs && found.id === id) return id;
      var now = Math.round(new Date().getTime() / 1000);
      var made = found && found.id === id && found.at ? found.at : now;
      var left = made + COOKIE_DAYS * 86400 - now;
      if (left > 0) put(found && found.isOurs ? found.name : "_pk_id." + site + "." + mark(), id + "." + made + ".", left);
      return id;
    }
    function mark() { // of the cookie's domain and path; Matomo's is a piece of a longer hash, and read whatever it is
      var sum = 0;
      var text = (domain || location.hostname) + path;
      for (var at = 0; at < text.length; at++) sum = (sum * 31 + text.charCodeAt(at)) & 65535;
      return ("000" + sum.toString(16)).slice(-4);
    }
    function forget() {
      each(cookies(), function (_, name) {
        if (/^_pk_(id|ses|ref|cvar)\./.test(name)) put(name, "", 0);
      });
    }

    // ── consent

    function isOut() {
      return isUntracked || !!cookies().mtm_consent_removed;
    }
    function isAllowed() {
      return !isOut() && (!needsConsent || hasConsent || !!cookies().mtm_consent);
    }
    function release() {
      var waiting = held;
      if (isAllowed()) held = [];
      if (isAllowed()) waiting.forEach(dispatch);
    }
    function refuse() {
      held = [];
      hasConsent = hasCookieConsent = false;
      put("mtm_consent", "", 0);
      put("mtm_cookie_consent", "", 0);
      put("mtm_consent_removed", new Date().getTime(), 30 * 365 * 86400);
      forget();
      id = guest = undefined;
    }
    function remember(name, hours) {
      put(name, new Date().getTime(), hours ? hours * 3600 : 30 * 365 * 86400);
    }

    // ── requests

    function here() {
      var url = address ? new URL(address, location.href).href : location.href;
      return isHashDropped ? url.replace(/#.*/, "") : url;
    }
    function track(said, more, raw) {
      var now = new Date();
      var whole = {
        rec: 1, apiv: 1, idsite: site, rand: hex(12), h: now.getHours(), m: now.getMinutes(), s: now.getSeconds(),
        url: here(), urlref: referrer === undefined ? document.referrer : referrer, uid: user, pv_id: view,
        res: screen.width + "x" + screen.height, lang: navigator.language, cookie: mayKeep() ? 1 : 0, send_image: 0
      };
      each(dimensions, function (value, name) { whole[name] = value; });
      each(more, function (value, name) { if (/^dimension\d+$/.test(name)) whole[name] = value; });
      each(said, function (value, name) { whole[name] = value; });
      last = now.getTime();
      var text = query(whole) + (raw ? "&" + raw : "") + appended;
      if (isAllowed()) dispatch(text);
      else if (!isOut() && held.push(text) > MOST_HELD) held.shift();
    }
    function dispatch(text) {
      var at = url || trackers[0].getTrackerUrl() || base + "matomo.php";
      if (isSaid(site)) send(at, method, "_id=" + visitor() + "&" + text, 1);
    }

    self.setTrackerUrl = function (to) { url = to; };
    self.getTrackerUrl = function () { return url; };
    self.setSiteId = function (to) { site = to; };
    self.getSiteId = function () { return site; };
    self.setRequestMethod = function (to) { method = to; };
    self.setDocumentTitle = function (to) { title = to; };
    self.setCustomUrl = function (to) { address = to; };
    self.getCurrentUrl = here;
    self.setReferrerUrl = function (to) { referrer = to; };
    self.discardHashTag = function (is) { isHashDropped = is; };
    self.appendToTrackingUrl = function (text) { appended = text ? "&" + text.replace(/^[?&]/, "") : ""; };
    self.setUserId = function (to) { user = to; };
    self.getUserId = function () { return user; };
    self.resetUserId = function () { user = undefined; };
    self.getVisitorId = function () { return visitor(); };
    self.setVisitorId = function (to) { if (/^[0-9a-f]{16}$/i.test(to)) id = to; };
    self.setCustomDimension = function (number, value) { dimensions["dimension" + number] = value; };
    self.deleteCustomDimension = function (number) { delete dimensions["dimension" + number]; };
    self.getCustomDimension = function (number) { return dimensions["dimension" + number]; };

    self.trackPageView = function (named, more) {
      view = hex(6);
      var said = { action_name: named || title || document.title };
      each(product, function (value, name) { said[name] = value; });
      product = {};
      track(said, more);
    };
    self.trackEvent = function (category, action, name, value, more) {
      if (isSaid(category) && isSaid(action)) track({ ca: 1, e_c: category, e_a: action, e_n: name, e_v: value }, more);
    };
    self.trackSiteSearch = function (words, category, count, more) {
      track({ search: words, search_cat: category, search_count: count }, more);
    };
    self.trackGoal = function (goal, revenue, more) { track({ idgoal: goal, revenue: revenue }, more); };
    self.trackLink = function (to, kind, more) {
      track(kind === "download" ? { ca: 1, download: to } : { ca: 1, link: to }, more);
    };
    self.trackContentImpression = function (name, piece, target) {
      track({ ca: 1, c_n: name, c_p: piece || "Unknown", c_t: target });
    };
    self.trackContentInteraction = function (what, name, piece, target) {
      track({ ca: 1, c_i: what, c_n: name, c_p: piece || "Unknown", c_t: target });
    };
    self.trackRequest = function (text) { track({}, {}, text); };
    self.ping = function () { track({ ping: 1 }); };

    // ── the shop

    function categories(said) {
      return said instanceof Array ? JSON.stringify(said) : said;
    }
    self.setEcommerceView = function (sku, name, category, price) {
      product = { _pks: sku, _pkn: name, _pkc: categories(category), _pkp: price };
    };
    self.addEcommerceItem = function (sku, name, category, price, count) {
      if (isSaid(sku)) items["sku " + sku] = [String(sku), name || "", category || "", price || 0, count || 1];
    };
    self.removeEcommerceItem = function (sku) { delete items["sku " + sku]; };
    self.clearEcommerceCart = function () { items = {}; };
    self.getEcommerceItems = function () {
      var found = {};
      each(items, function (item) { found[item[0]] = item.slice(); });
      return found;
    };
    function commerce(said) {
      var rows = [];
      each(items, function (item) { rows.push(item); });
      said.ca = 1;
      said.idgoal = "0";
      said.ec_items = JSON.stringify(rows);
      track(said);
    }
    self.trackEcommerceCartUpdate = function (total) { commerce({ revenue: total }); };
    self.trackEcommerceOrder = function (order, total, subtotal, tax, shipping, discount) {
      if (!isSaid(order)) return;
      commerce({ ec_id: order, revenue: total, ec_st: subtotal, ec_tx: tax, ec_sh: shipping, ec_dt: discount });
      items = {};
    };

    // ── links that lead away or give a file, and how long somebody reads

    self.setDomains = function (to) {
      domains = [].concat(to).map(function (one) { return one.replace(/^\*?\.?/, "").replace(/\/.*/, ""); });
    };
    function isOwn(host) {
      return [location.hostname].concat(domains).some(function (one) {
        return host === one || host.slice(-one.length - 1) === "." + one;
      });
    }
    function clicked(event) {
      var link = event.target && event.target.closest && event.target.closest("a[href],area[href]");
      if (!link || event.button > 1) return;
      var names = " " + link.className + " ";
      if (!/^(https?|ftp):$/.test(link.protocol) || / (matomo|piwik)_ignore /.test(names)) return;
      if (link.hasAttribute("download") || / (matomo|piwik)_download /.test(names) || FILES.test(link.pathname)) self.trackLink(link.href, "download");
      else if (/ (matomo|piwik)_link /.test(names) || !isOwn(link.hostname)) self.trackLink(link.href, "link");
    }
    self.enableLinkTracking = function () {
      if (areLinksTracked) return;
      areLinksTracked = true;
      document.addEventListener("click", clicked, true);
      document.addEventListener("auxclick", clicked, true);
    };
    self.enableHeartBeatTimer = function (seconds) {
      self.disableHeartBeatTimer();
      seconds = seconds || 15;
      pulse = setInterval(function () {
        var isIdle = new Date().getTime() - last >= seconds * 1000;
        if (view && isIdle && document.visibilityState === "visible") self.ping();
      }, seconds * 1000);
    };
    self.disableHeartBeatTimer = function () { clearInterval(pulse); };

    // ── what is kept in the browser, and whether anything is said at all

    self.setCookieDomain = function (to) { domain = to ? to.replace(/^\*/, "") : ""; };
    self.setCookiePath = function (to) { path = to || "/"; };
    self.setCookieSameSite = function (to) { sameSite = to; };
    self.setSecureCookie = function (is) { isSecure = is; };
    self.disableCookies = function () { areCookiesOff = true; forget(); };
    self.enableCookies = function () { areCookiesOff = false; };
    self.deleteCookies = forget;
    self.areCookiesEnabled = mayKeep;
    self.requireCookieConsent = function () { needsCookieConsent = true; };
    self.setCookieConsentGiven = function () { hasCookieConsent = true; if (isAllowed() && view) visitor(); };
    self.rememberCookieConsentGiven = function (hours) { remember("mtm_cookie_consent", hours); self.setCookieConsentGiven(); };
    self.forgetCookieConsentGiven = function () { hasCookieConsent = false; put("mtm_cookie_consent", "", 0); needsCookieConsent = true; forget(); };
    self.requireConsent = function () { needsConsent = true; };
    self.setConsentGiven = function () { hasConsent = true; put("mtm_consent_removed", "", 0); release(); };
    self.rememberConsentGiven = function (hours) { remember("mtm_consent", hours); self.setConsentGiven(); };
    self.forgetConsentGiven = function () { refuse(); needsConsent = true; };
    self.hasConsent = isAllowed;
    self.isConsentRequired = function () { return needsConsent; };
    self.getRememberedConsent = function () { return isOut() ? null : cookies().mtm_consent || null; };
    self.hasRememberedConsent = function () { return !!self.getRememberedConsent(); };
    self.optUserOut = refuse;
    self.forgetUserOptOut = function () { put("mtm_consent_removed", "", 0); };
    self.isUserOptedOut = isOut;
    self.setDoNotTrack = function (is) {
      isUntracked = !!is && (navigator.doNotTrack === "1" || window.doNotTrack === "1");
      if (isUntracked) forget();
    };
    NOTHING.split(" ").forEach(function (name) { self[name] = function () {}; });
    PASSED.split(" ").forEach(function (name) { self[name] = function () { warn(name); }; });
  }

  // ── _paq, and the names that older pages call

  var trackers = [new Tracker()];
  var OF_ONE = /^set(TrackerUrl|SiteId)$/; // a further tracker was given its own
  function add(url, site) {
    var made = new Tracker(url, site);
    trackers.push(made);
    return made;
  }
  function obey(command) {
    var name = command[0];
    var rest = [].slice.call(command, 1);
    if (name === "addTracker") return add.apply(null, rest);
    (OF_ONE.test(name) ? trackers.slice(0, 1) : trackers.slice()).forEach(function (tracker) {
      try { // one bad call is not to end the shop's page
        if (typeof name === "function") name.apply(tracker, rest);
        else if (typeof tracker[name] === "function") tracker[name].apply(tracker, rest);
        else warn(name);
      } catch (error) {
        if (window.console) console.error(error);
      }
    });
  }
  function push() {
    [].slice.call(arguments).forEach(obey);
  }
  window.Matomo = window.Piwik = {
    initialized: true,
    getTracker: function (url, site) { return new Tracker(url, site); },
    getAsyncTracker: function () { return trackers[0]; },
    getAsyncTrackers: function () { return trackers; },
    addTracker: add
  };
  ["on", "off", "trigger", "addPlugin"].forEach(function (name) {
    window.Matomo[name] = function () { warn("Matomo." + name); };
  });
  ["matomoAsyncInit", "piwikAsyncInit"].forEach(function (name) {
    if (typeof window[name] === "function") window[name]();
  });
  var waiting = window._paq instanceof Array ? window._paq : [];
  window._paq = { push: push };
  function turn(command) {
    return command[0] === "addTracker" ? 0 : SETTING.test(command[0]) ? 1 : WILL.test(command[0]) ? 2 : 3;
  }
  [0, 1, 2, 3].forEach(function (now) {
    waiting.forEach(function (command) {
      if (turn(command) === now) obey(command);
    });
  });
})();

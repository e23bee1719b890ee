#include "serve/node/certificates.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::node {

ShownCertificates::ShownCertificates(Parts parts) : parts_(std::move(parts))
{
    std::shared_ptr<const crypto::TrustStore> trust(parts_.trust, &parts_.trust->trust());
    store_ = std::make_shared<certificates::Store>(parts_.config, std::move(trust), *parts_.clock);
}

Result<std::unique_ptr<ShownCertificates>> ShownCertificates::make(Parts parts)
{
    std::unique_ptr<ShownCertificates> shown(new ShownCertificates(std::move(parts)));
    SEALPOST_TRY(const auto made, shown->store_->prepare_start());
    for (const auto& name : made) shown->parts_.log.info("certificate.demo_made", {{"certificate", name}});
    shown->warn_of_demos();
    SEALPOST_CHECK(shown->load_all());
    for (const auto& key : shown->list_uses()) {
        SEALPOST_TRY(auto context, shown->make_context(key, shown->loaded_));
        shown->identities_[key] = std::make_shared<tls::ServerIdentity>(std::move(context));
    }
    shown->note_shown({});
    return shown;
}

void ShownCertificates::warn_of_demos() const
{
    for (const auto& entry : store_->list()) {
        if (entry.state != certificates::State::demo) continue;
        const auto users = join(entry.used_by, ", ");
        const std::string way =
            entry.acme.empty() ? "sealpost cert csr, then sealpost cert import" : certificates::wait_for_authority(entry.acme);
        parts_.log.warning("certificate.demo", {{"certificate", entry.name},
                                                {"used_by", users},
                                                {"problem", "this is the demo certificate, which nobody can verify"},
                                                {"hint", way}});
    }
}

std::vector<ShownCertificates::Key> ShownCertificates::list_uses() const
{
    std::set<Key> uses;
    const auto add = [&](Purpose purpose, const std::vector<std::string>& names) {
        if (!names.empty()) uses.insert({purpose, names});
    };
    for (const auto& listener : parts_.config.listeners) {
        add(Purpose::mail, listener.certificates);
        add(Purpose::asking_mail, listener.certificates);
    }
    add(Purpose::pages, parts_.config.service.certificates);
    add(Purpose::pages, parts_.config.admin.certificates);
    return {uses.begin(), uses.end()};
}

// Whoever names it can show it, too: what OpenSSL takes into no context would hold up those beside it.
Result<certificates::Pair> ShownCertificates::load_usable(const std::string& name) const
{
    SEALPOST_TRY(auto pair, store_->load(name));
    const Loaded alone{{name, pair}};
    for (const auto& [purpose, names] : list_uses())
        if (std::find(names.begin(), names.end(), name) != names.end()) SEALPOST_CHECK(make_context({purpose, {name}}, alone));
    return pair;
}

// Those that no listener shows, too: what cannot be read is told at start, not when it is needed.
Result<> ShownCertificates::load_all()
{
    for (const auto& name : store_->list_names()) {
        SEALPOST_TRY(auto pair, load_usable(name));
        loaded_.emplace(name, std::move(pair));
    }
    return {};
}

Result<ShownCertificates::Context> ShownCertificates::make_context(const Key& key, const Loaded& loaded) const
{
    const auto& [purpose, names] = key;
    const auto& tls = parts_.config.tls;
    std::vector<tls::KeyPair> pairs;
    for (const auto& name : names) {
        const auto& pair = loaded.at(name);
        pairs.push_back({pair.chain, pair.key});
    }
    tls::ServerOptions options;
    const auto settings = tls::parse_settings(purpose == Purpose::pages ? tls.pages : tls.inbound);
    options.settings = settings.value_or(tls::Settings::intermediate);
    options.challenges = challenges_;
    if (purpose == Purpose::asking_mail)
        options.client_trust = std::shared_ptr<const crypto::TrustStore>(parts_.trust, &parts_.trust->trust());
    auto context = tls::ServerContext::make(std::move(pairs), std::move(options));
    if (context.has_error()) return context.error().in("certificate " + join(names, ", "));
    return context;
}

std::shared_ptr<tls::ServerIdentity> ShownCertificates::find(Purpose purpose, const std::vector<std::string>& names) const
{
    const auto found = identities_.find({purpose, names});
    return found == identities_.end() ? nullptr : found->second;
}

void ShownCertificates::keep(std::vector<Kept>& all, const std::string& name, const Error& problem) const
{
    parts_.log.warning("certificate.kept", {{"certificate", name}, {"problem", problem.text}});
    all.push_back({name, problem.text});
}

std::vector<ShownCertificates::Kept> ShownCertificates::reload()
{
    const std::lock_guard guard(reloading_);
    std::vector<Kept> kept;
    for (const auto& name : store_->list_names()) {
        auto pair = load_usable(name);
        if (pair.has_error())
            keep(kept, name, pair.error());
        else
            loaded_.insert_or_assign(name, std::move(*pair));
    }
    std::set<std::string> stuck;
    for (const auto& key : list_uses()) {
        auto context = make_context(key, loaded_);
        if (context.has_value())
            identities_.at(key)->replace(std::move(*context));
        else  // each is good alone, and they are not together
            for (const auto& name : key.second) {
                keep(kept, name, context.error());
                stuck.insert(name);
            }
    }
    note_shown(stuck);
    return kept;
}

void ShownCertificates::note_shown(const std::set<std::string>& stuck)
{
    for (const auto& [name, pair] : loaded_) {
        if (!stuck.contains(name)) shown_[name] = pair.chain;
        const int days = certificates::count_days_left(shown_[name], parts_.clock->now());
        parts_.log.metrics().set(log::Metric::certificate_days, days, {name});
    }
}

std::vector<crypto::Certificate> ShownCertificates::find_shown(const std::string& name) const
{
    const std::lock_guard guard(reloading_);
    const auto found = shown_.find(name);
    return found == shown_.end() ? std::vector<crypto::Certificate>() : found->second;
}

}  // namespace sealpost::node

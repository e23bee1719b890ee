#include "cli/cert_text.hpp"

#include "base/text.hpp"
#include "cli/service_store.hpp"
#include "cli/stream_file.hpp"
#include "core/certificates/trust.hpp"
#include "sys/files/look_for.hpp"

namespace sealpost::cli {

using certificates::Entry;
using certificates::State;
using certificates::Verdict;
using crypto::Certificate;

Result<std::vector<Certificate>> load_chain(const std::string& path)
{
    SEALPOST_TRY(const std::string pem, files::read_file(path, crypto::max_chain_pem_bytes));
    auto chain = crypto::parse_chain_pem(pem);
    if (!chain) return chain.error().in(path);
    return chain;
}

Result<crypto::PrivateKey> load_key(const std::string& path)
{
    SEALPOST_TRY(const Secret pem, read_key_file(path));
    auto key = crypto::PrivateKey::parse_pem(pem.reveal_text());
    if (!key) return key.error().in(path);
    return key;
}

Result<certificates::Store> open_certificates(const Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_CHECK(files::look_for(config.node.data_dir / "certificates"));  // "none installed" is for who may look
    SEALPOST_TRY(auto trust, certificates::load_trust(config));
    return certificates::Store(config, std::move(trust), system_clock());
}

std::string format_names(const Certificate& certificate)
{
    std::vector<std::string> names = certificate.dns_names();
    for (const IpAddress& address : certificate.ip_names()) names.push_back(format_ip(address));
    return names.empty() ? "(none)" : join(names, ", ");
}

std::string format_certificate(const Certificate& certificate)
{
    return certificate.subject() + (certificate.is_ca() ? "  (authority)" : "") + "\n  issuer       " + certificate.issuer() +
           (certificate.is_self_signed() ? "  (itself)" : "") + "\n  names        " + format_names(certificate) +
           "\n  valid        " + format_rfc3339(certificate.not_before()) + " to " + format_rfc3339(certificate.not_after()) +
           "\n  key          " + certificate.key_type() + " " + std::to_string(certificate.key_bits()) + ", signed with " +
           certificate.signature_hash() + "\n  sha256       " + certificate.sha256_fingerprint() + "\n";
}

std::string format_finding(const certificates::Finding& finding)
{
    std::string text = "  verdict      " + std::string(certificates::format_verdict(finding.verdict)) + "\n";
    if (!finding.detail.empty()) text += "               " + finding.detail + "\n";
    if (!finding.fix.en.empty()) text += "  to mend it   " + finding.fix.en + "\n";
    for (std::size_t i = 0; i < finding.chain.size(); ++i) {
        const auto& certificate = finding.chain[i];
        text += (i == 0 ? "  chain        " : "               ") + std::string(2 * i, ' ') + certificate.subject() + "\n";
        if (i + 1 == finding.chain.size() && !certificate.is_self_signed())
            text += "               " + std::string(2 * i + 2, ' ') + "(" + certificate.issuer() + ")\n";
    }
    return text;
}

namespace {

std::string describe_state(const Entry& entry)
{
    switch (entry.state) {
        case State::none: return entry.is_kept_by_node ? "none installed yet" : "cannot be read";
        case State::demo: return "the demo certificate, which nobody can verify";
        case State::self_signed: return "self-signed, nobody can verify it";
        case State::expired: return "expired";
        case State::installed: break;
    }
    return "installed";
}

std::string describe_end(const Entry& entry)
{
    if (entry.chain().empty()) return {};
    const std::string day = format_rfc3339(certificates::find_end(entry.chain())).substr(0, 10);
    return day + " (" + std::to_string(entry.days_left) + (entry.days_left == 1 ? " day left)" : " days left)");
}

}  // namespace

std::string format_entry_line(const Entry& entry)
{
    std::string line = entry.name + ": " + describe_state(entry);
    if (!entry.chain().empty()) line += "; until " + describe_end(entry);
    if (entry.finding.verdict != Verdict::ok && entry.state != State::none)
        line += "; " + std::string(certificates::format_verdict(entry.finding.verdict));
    line += "; " + (entry.used_by.empty() ? std::string("used by nothing") : "used by " + join(entry.used_by, ", "));
    if (entry.request) line += "; a request waits";
    if (!entry.request_problem.empty()) line += "; a request waits that cannot be read";
    return line + "\n";
}

std::string format_entry(const Entry& entry)
{
    std::string text = entry.name + "\n  state        " + describe_state(entry) + "\n  kept by      " +
                       (entry.is_kept_by_node ? "the node" : "files of the configuration") +
                       (entry.acme.empty() ? "" : "; renewed by " + entry.acme) + "\n  for          " + join(entry.names, ", ") +
                       "\n  used by      " + (entry.used_by.empty() ? "nothing" : join(entry.used_by, ", ")) + "\n";
    if (!entry.chain().empty()) text += "  expires      " + describe_end(entry) + "\n";
    text += format_finding(entry.finding);
    if (entry.request)
        text += "  request      made " + format_rfc3339(entry.request->made_at) + " for " + join(entry.request->names, ", ") +
                ", key " + entry.request->key + "\n";
    if (!entry.request_problem.empty()) text += "  request      cannot be read: " + entry.request_problem + "\n";
    for (const auto& certificate : entry.chain()) text += "\n" + format_certificate(certificate);
    return text;
}

}  // namespace sealpost::cli

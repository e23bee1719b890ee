// RFC 7489 appendix C, in the order of the schema.
#include "wire/archive/report_mail.hpp"
#include "wire/dmarc/report.hpp"
#include "wire/mail/utf8.hpp"

#include <iterator>
#include <pugixml.hpp>

namespace sealpost::dmarc {
namespace {

class StringWriter final : public pugi::xml_writer {
public:
    void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
    std::string text;
};

void add(pugi::xml_node node, const char* name, std::string_view value)
{
    const std::string clean = mail::clean_utf8(value, mail::Controls::none);
    node.append_child(name).append_child(pugi::node_pcdata).set_value(clean.c_str());
}

void add_unless_empty(pugi::xml_node node, const char* name, std::string_view value)
{
    if (!value.empty()) add(node, name, value);
}

std::string_view format_alignment(Alignment alignment) { return alignment == Alignment::strict ? "s" : "r"; }
std::string_view format_aligned(bool aligned) { return aligned ? "pass" : "fail"; }

void add_metadata(pugi::xml_node feedback, const AggregateReport& report)
{
    auto metadata = feedback.append_child("report_metadata");
    add(metadata, "org_name", report.organisation);
    add(metadata, "email", report.email);
    add_unless_empty(metadata, "extra_contact_info", report.contact);
    add(metadata, "report_id", report.id);
    auto range = metadata.append_child("date_range");
    add(range, "begin", archive::format_seconds(report.begin));
    add(range, "end", archive::format_seconds(report.end));
    for (const std::string& error : report.errors) add(metadata, "error", error);
}

void add_policy(pugi::xml_node feedback, const PolicyPublished& policy)
{
    auto published = feedback.append_child("policy_published");
    add(published, "domain", policy.domain);
    add(published, "adkim", format_alignment(policy.dkim_alignment));
    add(published, "aspf", format_alignment(policy.spf_alignment));
    add(published, "p", format_policy(policy.policy));
    add(published, "sp", format_policy(policy.subdomain_policy));
    add(published, "pct", std::to_string(policy.percent));
    add_unless_empty(published, "fo", policy.failure_options);
}

void add_row(pugi::xml_node feedback, const ReportRow& row)
{
    auto record = feedback.append_child("record");
    auto facts = record.append_child("row");
    add(facts, "source_ip", format_ip(row.source));
    add(facts, "count", std::to_string(row.count));
    auto evaluated = facts.append_child("policy_evaluated");
    add(evaluated, "disposition", format_policy(row.disposition));
    add(evaluated, "dkim", format_aligned(row.dkim_aligned));
    add(evaluated, "spf", format_aligned(row.spf_aligned));
    for (const Reason& reason : row.reasons) {
        auto node = evaluated.append_child("reason");
        add(node, "type", reason.type);
        add_unless_empty(node, "comment", reason.comment);
    }
    auto identifiers = record.append_child("identifiers");
    add_unless_empty(identifiers, "envelope_to", row.envelope_to);
    add(identifiers, "envelope_from", row.envelope_from);
    add(identifiers, "header_from", row.header_from);
    auto results = record.append_child("auth_results");
    for (const DkimAuth& dkim : row.dkim) {
        auto node = results.append_child("dkim");
        add(node, "domain", dkim.domain);
        add_unless_empty(node, "selector", dkim.selector);
        add(node, "result", dkim.result);
        add_unless_empty(node, "human_result", dkim.human_result);
    }
    for (const SpfAuth& spf : row.spf) {
        auto node = results.append_child("spf");
        add(node, "domain", spf.domain);
        add_unless_empty(node, "scope", spf.scope);
        add(node, "result", spf.result);
    }
}

}  // namespace

PolicyPublished describe_policy(const Record& record, std::string domain)
{
    PolicyPublished published;
    published.domain = std::move(domain);
    published.dkim_alignment = record.dkim_alignment;
    published.spf_alignment = record.spf_alignment;
    published.policy = record.policy;
    published.subdomain_policy = record.subdomain_policy.value_or(record.policy);
    published.percent = record.percent;
    published.failure_options = record.failure_options;
    return published;
}

std::string format_xml(const AggregateReport& report)
{
    pugi::xml_document document;
    auto declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    auto feedback = document.append_child("feedback");
    add(feedback, "version", "1.0");
    add_metadata(feedback, report);
    add_policy(feedback, report.policy);
    for (const ReportRow& row : report.rows) add_row(feedback, row);
    StringWriter writer;
    document.save(writer, "  ", pugi::format_indent, pugi::encoding_utf8);
    return std::move(writer.text);
}

}  // namespace sealpost::dmarc

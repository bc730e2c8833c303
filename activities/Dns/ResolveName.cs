using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Dns;

[Activity("dns.resolve_name", "Resolve name", "Asks a DNS server for the records of a name; a name that is not there is an answer, not an error.")]
internal sealed class ResolveName : IActivity<ResolveName.Input, ResolveName.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var server = input.Server is { Length: > 0 } given ? DnsServer.Parse(given) : await DnsServer.OwnAsync(cancellationToken);
        var answer = await DnsClient.AskAsync(input.Domain, input.RecordType, server, TimeSpan.FromSeconds(input.TimeoutSeconds), context.Time, cancellationToken);
        return new() { Status = answer.Status, Records = answer.Records, TimeToLive = answer.TimeToLive, Server = answer.Server, Milliseconds = answer.Milliseconds };
    }

    internal record Input
    {
        [Description("Name to look up.")]
        [StringLength(253, MinimumLength = 1)]
        [RegularExpression("[^\\s/\\\\'\"`$;&|<>()]+")]
        [Example("service.lan")]
        public required string Domain { get; init; }

        [Description("Kind of record.")]
        [AllowedValues("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")]
        public string RecordType { get; init; } = "A";

        [Description("Address of the server to ask, with a port if it is not 53; this machine's when empty.")]
        [RegularExpression($"({DnsServer.Pattern})?")]
        public string? Server { get; init; }

        [Description("Seconds to wait.")]
        [Range(1, 60)]
        public int TimeoutSeconds { get; init; } = 5;
    }

    internal sealed record Output
    {
        [Description("NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...")]
        public required string Status { get; init; }

        [Description("Records, in order.")]
        public required IReadOnlyList<string> Records { get; init; }

        [Description("Seconds they may be kept.")]
        public uint? TimeToLive { get; init; }

        [Description("Who answered.")]
        public required string Server { get; init; }

        [Description("How long it took.")]
        public required double Milliseconds { get; init; }
    }
}

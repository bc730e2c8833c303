using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Dns;

[Activity("dns.compare_servers", "Compare DNS servers", "Asks several DNS servers the same and says whether they agree, with each other and with what is expected. A silent server is an answer.")]
internal sealed class CompareServers : IActivity<CompareServers.Input, CompareServers.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var servers = input.Servers.Select(DnsServer.Parse).ToList();
        var answers = await Task.WhenAll(servers.Select(server => TryAsync(input, server, context, cancellationToken)));
        var agree = answers.All(answer => answer.Problem is null && answer.Status == answers[0].Status && answer.Records.SequenceEqual(answers[0].Records));
        var expected = input.Expected.Order(StringComparer.Ordinal).ToList();
        return new()
        {
            Agree = agree,
            AsExpected = input.Expected.Count == 0 ? agree : answers.All(answer => answer.Records.SequenceEqual(expected)),
            Answers = answers,
        };
    }

    private static async Task<Answer> TryAsync(Input input, DnsServer server, ActivityContext context, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await DnsClient.AskAsync(input.Domain, input.RecordType, server, TimeSpan.FromSeconds(input.TimeoutSeconds), context.Time, cancellationToken);
            return new(answer.Server, answer.Status, answer.Records, answer.Milliseconds, null);
        }
        catch (ActivityException exception)
        {
            return new(server.ToString(), "", [], 0, exception.Message);
        }
    }

    internal sealed record Input
    {
        [Description("Name to look up.")]
        [StringLength(253, MinimumLength = 1)]
        [RegularExpression("[^\\s/\\\\'\"`$;&|<>()]+")]
        [Example("service.lan")]
        public required string Domain { get; init; }

        [Description("Kind of record.")]
        [AllowedValues("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")]
        public string RecordType { get; init; } = "A";

        [Description("Addresses of the servers, each with a port if it is not 53.")]
        [MinLength(1)]
        [Example(new[] { "127.0.0.1", "1.1.1.1" })]
        public required IReadOnlyList<string> Servers { get; init; }

        [Description("Records that each should answer; nothing is expected when empty.")]
        public IReadOnlyList<string> Expected { get; init; } = [];

        [Description("Seconds to wait for each.")]
        [Range(1, 60)]
        public int TimeoutSeconds { get; init; } = 5;
    }

    internal sealed record Output
    {
        [Description("All answered the same.")]
        public required bool Agree { get; init; }

        [Description("All answered what is expected; the same as agree when nothing is.")]
        public required bool AsExpected { get; init; }

        [Description("What each answered.")]
        public required IReadOnlyList<Answer> Answers { get; init; }
    }

    internal sealed record Answer(string Server, string Status, IReadOnlyList<string> Records, double Milliseconds, string? Problem);
}

using System.ComponentModel;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Certificates;

[Activity("certificates.list_managed", "List managed certificates", "Lists the certificates that certbot keeps renewed on a machine of Ssh.", TimeoutSeconds = 120)]
internal sealed class ListManaged(Hosts hosts) : IActivity<CertbotInput, ListManaged.Output>
{
    public async Task<Output> ExecuteAsync(CertbotInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var now = context.Time.GetUtcNow();
        return new()
        {
            Certificates = [.. (await Certbot.ListAsync(host, input.Directory, cancellationToken))
                .Select(found => new Entry(found.Certificate, found.Domains, found.ExpiresAt, Math.Round((found.ExpiresAt - now).TotalDays, 2), found.Path))],
        };
    }

    internal sealed record Output
    {
        [Description("The certificates with their names and ends.")]
        public required IReadOnlyList<Entry> Certificates { get; init; }
    }

    internal sealed record Entry(string Certificate, IReadOnlyList<string> Domains, DateTimeOffset ExpiresAt, double DaysLeft, string Path);
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Borg;

[Activity("borg.check_age", "Age of the last backup", "Says how old the newest archive is, of all or of those whose name begins so. Too old is an answer, not an error.", TimeoutSeconds = 120)]
internal sealed class CheckAge(BorgRepositories repositories) : IActivity<CheckAge.Input, CheckAge.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        var newest = (await repository.ArchivesAsync(cancellationToken)).LastOrDefault(archive => archive.Name.StartsWith(input.Prefix, StringComparison.Ordinal));
        double? hours = newest is null ? null : (context.Time.GetUtcNow() - newest.TakenAt).TotalHours;
        return new() { Ok = hours <= input.MaxHours, Newest = newest?.Name, Hours = hours };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Hours after which a backup is too old.")]
        [Range(1, 87_600)]
        public int MaxHours { get; init; } = 26;

        [Description("Only archives whose name begins so.")]
        [StringLength(200)]
        public string Prefix { get; init; } = "";
    }

    internal sealed record Output
    {
        [Description("There is an archive and it is not too old.")]
        public required bool Ok { get; init; }

        [Description("The newest archive.")]
        public string? Newest { get; init; }

        [Description("Its age.")]
        public double? Hours { get; init; }
    }
}

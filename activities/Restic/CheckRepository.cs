using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.Restic;

[Activity(
    "restic.check_repository", "Check repository", "Checks the structure of a repository and, when asked for, reads a part of its data. Damage is an answer, not an error.",
    TimeoutSeconds = 43_200)]
internal sealed class CheckRepository(ResticRepositories repositories) : IActivity<CheckRepository.Input, CheckRepository.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        List<string> words = ["--no-lock", "check"];
        if (input.ReadPercent > 0)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"--read-data-subset={input.ReadPercent}%"));
        var answer = await repository.ReadAsync(words, cancellationToken, TimeSpan.FromHours(12), anyExit: true);
        // Damage and a repository that cannot be opened end alike; only the first comes after the snapshots were looked at.
        if (answer.ExitCode != 0 && !answer.Output.Contains("check snapshots", StringComparison.Ordinal) && !answer.Output.Contains("check all packs", StringComparison.Ordinal))
            answer.Expect();
        return new()
        {
            Ok = answer.ExitCode == 0,
            Problems = answer.ExitCode == 0 ? [] : [.. answer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(100)],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Percent of the data to read, chosen at random; 0 checks the structure only.")]
        [Range(0, 100)]
        public int ReadPercent { get; init; }
    }

    internal sealed record Output
    {
        [Description("No damage was found.")]
        public required bool Ok { get; init; }

        [Description("What restic found.")]
        public required IReadOnlyList<string> Problems { get; init; }
    }
}

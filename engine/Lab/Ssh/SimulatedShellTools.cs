using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Ssh;

/// <summary>The larger programs on the machines: compose, restic, borg, btrfs.</summary>
internal sealed partial class SimulatedShell
{
    private const string ComposeFile = "/srv/home/compose.yaml";

    /// <summary>What differs from the file is made anew.</summary>
    private SshResult Compose(Machine machine, string[] words)
    {
        var own = homelab.Containers.Where(container => container.Machine == machine && !container.IsAside).ToList();
        if (words is ["ps", "-q", ..])
            return Out(string.Concat(own.Select(container => $"{container.Id}\n")));
        if (words is not ["up", "-d", ..])
            return new(1, "", $"unknown docker command: \"compose {words.FirstOrDefault()}\"\n");
        var said = new StringBuilder();
        foreach (var container in own.Where(container => container.Image != container.DeclaredImage))
        {
            if (homelab.Recreate(container) is { } error)
                return new(1, "", $"Error response from daemon: {error}\n");
            said.Append(CultureInfo.InvariantCulture, $" Container {container.Name}  Started\n");
        }

        return Out("", said.ToString());
    }

    private SshResult Restic(Machine machine, string[] words)
    {
        if (words is ["version"])
            return Out("restic 0.14.0 compiled with go1.19\n");
        var job = homelab.Backups.First(job => job.Machine == machine && job.Tool == "restic");
        if (words.Contains("snapshots"))
        {
            // A tag is of a step of ours: only what that step made has it.
            return words.Any(word => word.StartsWith("--tag=", StringComparison.Ordinal)) ? Out("[]\n") : Out(new JsonArray(new JsonObject
            {
                ["time"] = Time(job.LastSuccess), ["paths"] = new JsonArray("/srv/shares"), ["hostname"] = machine.Name, ["username"] = "root", ["id"] = StandardHomelab.Id((int)job.LastSuccess.ToUnixTimeSeconds(), job.Name),
            }).ToJsonString() + "\n");
        }

        if (words.Contains("check"))
            return Out("no errors were found\n");
        if (words is [.., "cat", "config"])
            return Out(new JsonObject { ["version"] = 2, ["id"] = StandardHomelab.Id(0, job.Name), ["chunker_polynomial"] = "25b468838dcb75" }.ToJsonString() + "\n");
        if (!words.Contains("backup"))
            return new(1, "", $"unknown command \"{words.LastOrDefault()}\" for \"restic\"\n");
        return BackUp(job) is { } error ? new(1, "", $"Fatal: {error}\n") : Out(new JsonObject
        {
            ["message_type"] = "summary", ["files_new"] = 12, ["files_changed"] = 3, ["files_unmodified"] = 4100, ["data_added"] = 41_000_000, ["total_files_processed"] = 4115, ["total_bytes_processed"] = 9_100_000_000,
            ["total_duration"] = 4.2, ["snapshot_id"] = StandardHomelab.Id((int)homelab.Now.ToUnixTimeSeconds(), job.Name),
        }.ToJsonString() + "\n");
    }

    private SshResult Borg(Machine machine, string[] words)
    {
        var job = homelab.Backups.First(job => job.Machine == machine && job.Tool == "borg");
        switch (words)
        {
            case ["--version", ..]:
                return Out("borg 1.2.4\n");
            case ["list", ..]:
                return Out(new JsonObject
                {
                    ["archives"] = new JsonArray(new JsonObject
                    {
                        ["archive"] = "photos", ["name"] = "photos", ["id"] = StandardHomelab.Id(0, job.Name), ["start"] = job.LastSuccess.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture),
                        ["hostname"] = machine.Name, ["comment"] = "",
                    }),
                    ["encryption"] = new JsonObject { ["mode"] = "repokey" },
                }.ToJsonString() + "\n");
            case ["info", ..]:
                return Out(new JsonObject { ["repository"] = new JsonObject { ["id"] = StandardHomelab.Id(0, job.Name), ["location"] = words[^1] }, ["encryption"] = new JsonObject { ["mode"] = "repokey" } }.ToJsonString() + "\n");
            case ["create", ..]:
                return BackUp(job) is { } error ? new(2, "", $"{error}\n") : Out(new JsonObject
                {
                    ["archive"] = new JsonObject
                    {
                        ["name"] = words.First(word => word.Contains("::", StringComparison.Ordinal)).Split("::")[1],
                        ["stats"] = new JsonObject { ["nfiles"] = 4115, ["original_size"] = 9_100_000_000, ["compressed_size"] = 8_900_000_000, ["deduplicated_size"] = 41_000_000 },
                    },
                }.ToJsonString() + "\n");
            default:
                return new(2, "", $"borg: error: argument <command>: invalid choice: '{words.FirstOrDefault()}'\n");
        }
    }

    private string? BackUp(BackupJob job) => homelab.Do("back_up", "machine", job.Machine.Name, job.Name, () => job.LastSuccess = homelab.Now);

    private SshResult Btrfs(Machine machine, Volume volume, string[] words)
    {
        var path = words[^1];
        switch (words)
        {
            case ["filesystem", "usage", ..]:
                return Out($"Overall:\n    Device size:\t\t{volume.Size}\n    Device unallocated:\t\t{volume.Free}\n    Used:\t\t\t{volume.Used}\n    Free (estimated):\t\t{volume.Free}\t(min: {volume.Free})\n");
            case ["subvolume", "list", ..]:
                return Out(string.Concat(volume.Snapshots.Select((snapshot, index) => $"ID {257 + index} gen 8 top level 5 parent_uuid {Uuid("data")} uuid {Uuid(snapshot.Name)} path {snapshot.Name}\n")
                    .Prepend($"ID 256 gen 9 top level 5 parent_uuid - uuid {Uuid("data")} path data\n")));
            case ["subvolume", "show", ..] when Snapshot() is { } shown:
                return Out($"{shown}\n\tName: \t\t\t{shown}\n\tUUID: \t\t\t{Uuid(shown)}\n\tParent UUID: \t\t{Uuid("data")}\n\tFlags: \t\t\treadonly\n");
            case ["subvolume", "delete", ..] when Snapshot() is { } deleted:
                return Done(homelab.Do("delete_subvolume", "machine", machine.Name, deleted, () => volume.Snapshots.RemoveAll(snapshot => snapshot.Name == deleted)));
            default:
                return new(1, "", $"ERROR: Could not statfs: No such file or directory: {path}\n");
        }

        string? Snapshot() => volume.Snapshots.Select(snapshot => snapshot.Name).FirstOrDefault(name => path == $"{volume.MountedOn}/{name}");
    }

    private static string Uuid(string name) => StandardHomelab.Id(0, name)[..32].Insert(20, "-").Insert(16, "-").Insert(12, "-").Insert(8, "-");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static SshResult Keep(Machine machine, string path, string text)
    {
        machine.Files[path] = text;
        return Out("");
    }

    private SshResult Write(Machine machine, string path, string text) => Done(homelab.Do("write_file", "machine", machine.Name, path, () => machine.Files[path] = text));
}

/** Types of file systems that hold no files on a disk or in memory, but talk to the kernel or to a program. */
const PSEUDO = new Set(
  'autofs binder binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devpts devtmpfs efivarfs fuse.gvfsd-fuse fuse.lxcfs fuse.portal fusectl hugetlbfs mqueue nfsd nsfs proc pstore resctrl rpc_pipefs securityfs selinuxfs smackfs sysfs tracefs'.split(
    ' ',
  ),
);

/** Whether file systems of that type hold no data: they talk to the kernel or to a program. */
export function isPseudo(fsType: string): boolean {
  return PSEUDO.has(fsType);
}
